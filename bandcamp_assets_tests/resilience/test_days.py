"""One day rebuilt through Dagster: only that day changes, with its own event. Losses are found by day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import dagster as dg
import duckdb
import polars as pl
import pytest

from bandcamp_assets.defs.assets import warehouse as warehouse_assets
from bandcamp_assets.defs.partitions import range_tags
from bandcamp_assets.state.catalog import Layer
from bandcamp_assets.storage.warehouse.duckdb import DuckDBWarehouse
from bandcamp_assets.storage.warehouse.warehouse import Replaced
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.instance.local import open_instance
from bandcamp_assets_tests.homes import TestHome, empty
from bandcamp_assets_tests.resilience.conftest import DAYS, Undisturbed
from bandcamp_assets_tests.resilience.days import DAILY, execute
from bandcamp_assets_tests.resilience.state import everything

_, DAY, OTHER = DAYS[:3]
ALL_DAYS = range_tags(date.fromisoformat(DAYS[0]), date.fromisoformat(DAYS[-1]))
TABLES = ("sales", "fct_sales")
MADE_ANEW = dg.AssetSelection.assets(*DAILY)


@pytest.fixture(scope="module")
def saved(undisturbed: Undisturbed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of a home with all its days."""
    folder = tmp_path_factory.mktemp("saved") / "home"
    undisturbed.home.save(folder)
    return folder


@pytest.fixture
def built_home(undisturbed: Undisturbed, saved: Path) -> Iterator[TestHome]:
    """A home with all its days, which a test may damage."""
    yield undisturbed.home
    empty(undisturbed.home.root).restore(saved)


@pytest.fixture
def instance(built_home: TestHome) -> Iterator[dg.DagsterInstance]:
    with open_instance(built_home.deployment.settings.home) as instance:
        yield instance


def change(home: TestHome, *statements: str) -> None:
    with duckdb.connect(home.root / "warehouse.duckdb") as connection:
        for statement in statements:
            connection.execute(statement)


def rows_by_day(home: TestHome, table: str) -> dict[str, str]:
    """A checksum of each day's rows."""
    with duckdb.connect(home.root / "warehouse.duckdb", read_only=True) as connection:
        found = connection.sql(
            f"select sale_date::varchar, count(*), sum(hash(t)::hugeint) from bandcamp.{table} t group by all"
        ).fetchall()
    return {day: f"{count} {checksum}" for day, count, checksum in found}


def files_by_change(home: TestHome) -> dict[str, int]:
    """When each file of lake and objects was last replaced, in nanoseconds."""
    return {
        str(path): path.stat().st_mtime_ns
        for folder in ("lake", "objects")
        for path in (home.root / folder).rglob("*.parquet")
    }


def drop_a_row(path: Path) -> None:
    pl.read_parquet(path)[1:].write_parquet(path)


def materializations(result: dg.ExecuteInProcessResult, asset: str) -> dict[str | None, dict[str, object]]:
    return {
        event.partition: {name: value.value for name, value in event.materialization.metadata.items()}
        for event in result.get_asset_materialization_events()
        if event.asset_key == dg.AssetKey(asset)
    }


@pytest.mark.long
def test_rebuilding_one_day_leaves_every_other_unchanged(
    built_home: TestHome, undisturbed: Undisturbed, instance: dg.DagsterInstance
) -> None:
    untouched = {table: rows_by_day(built_home, table) for table in TABLES}
    change(
        built_home,
        f"update bandcamp.sales set artist_name = 'changed' where sale_date in ('{DAY}', '{OTHER}')",
        f"update bandcamp.fct_sales set artist_name = 'changed' where sale_date in ('{DAY}', '{OTHER}')",
    )
    changed = {table: rows_by_day(built_home, table) for table in TABLES}
    files = files_by_change(built_home)

    result = execute(built_home, MADE_ANEW, {"dagster/partition": DAY}, instance)

    assert result.success
    for table, by_day in changed.items():
        assert by_day[DAY] != untouched[table][DAY]
        assert rows_by_day(built_home, table) == {**by_day, DAY: untouched[table][DAY]}, table
    replaced = [path for path, at in files_by_change(built_home).items() if files[path] != at]
    assert replaced
    assert all(f"sale_date={DAY}" in path for path in replaced), replaced
    assert execute(built_home, MADE_ANEW, {"dagster/partition": OTHER}, instance).success
    assert everything(built_home) == undisturbed.state


def test_a_range_is_one_run_and_each_day_has_its_own_figures(
    built_home: TestHome, undisturbed: Undisturbed, instance: dg.DagsterInstance
) -> None:
    runs = instance.get_runs_count()
    expected = built_home.ledger().layers

    result = execute(built_home, MADE_ANEW, ALL_DAYS, instance)

    assert result.success
    assert instance.get_runs_count() == runs + 1
    for asset, layer in (
        ("cleaned_sales", "cleaned"),
        ("duplicate_sales", "duplicates"),
        ("sales_objects", "objects"),
        ("sales", "sales"),
        ("fct_sales", "fct_sales"),
    ):
        events = materializations(result, asset)
        rows = {day: metadata["dagster/partition_row_count"] for day, metadata in events.items()}
        assert rows == {str(day): held.rows for day, held in expected[layer].items()}, asset
    assert everything(built_home) == undisturbed.state


def lose_a_cleaned_row(home: TestHome) -> None:
    drop_a_row(home.root / "lake" / "cleaned_sales" / f"sale_date={DAY}" / "sales.parquet")


def lose_a_row_of_an_object(home: TestHome) -> None:
    drop_a_row(home.root / "objects" / "sales" / f"sale_date={DAY}" / "sales.parquet")


def lose_a_row_of_the_warehouse(home: TestHome) -> None:
    change(
        home,
        f"delete from bandcamp.sales where _id = (select min(_id) from bandcamp.sales where sale_date = '{DAY}')",
    )


def lose_a_row_of_the_fact(home: TestHome) -> None:
    change(
        home,
        "delete from bandcamp.fct_sales where _id ="
        f" (select min(_id) from bandcamp.fct_sales where sale_date = '{DAY}')",
    )


def test_days_that_were_loaded_before_a_fault_are_not_loaded_again(
    built_home: TestHome, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[list[date]] = []
    replace_days = DuckDBWarehouse.replace_days

    def failing_at_the_third(
        warehouse: DuckDBWarehouse, objects: dict[date, object], *content: object
    ) -> Replaced:
        loaded.append(list(objects))
        if len(loaded) == 3:
            raise PlatformError("The quota is used up", where="here", remedy="wait")
        return replace_days(warehouse, objects, *content)  # type: ignore[arg-type]

    monkeypatch.setattr(DuckDBWarehouse, "replace_days", failing_at_the_third)
    monkeypatch.setattr(warehouse_assets, "DAYS_A_RECORD", 2)

    result = execute(built_home, dg.AssetSelection.assets("sales").without_checks(), ALL_DAYS, instance)

    deployment = built_home.deployment
    held = deployment.catalog.content(Layer.WAREHOUSE)
    assert not result.success
    assert [str(day) for day in held] == DAYS[:4]
    assert [str(day) for day in deployment.build_state().plan().days] == DAYS[4:]


@pytest.mark.parametrize(
    ("lose", "check", "after"),
    [
        (
            lose_a_cleaned_row,
            dg.AssetCheckKey(dg.AssetKey("cleaned_sales"), "staged_rows_are_sales_or_duplicates"),
            "sales_objects",
        ),
        (
            lose_a_row_of_an_object,
            dg.AssetCheckKey(dg.AssetKey("sales_objects"), "objects_hold_the_cleaned_sales"),
            "sales",
        ),
        (
            lose_a_row_of_the_warehouse,
            dg.AssetCheckKey(dg.AssetKey("sales"), "the_warehouse_holds_the_objects"),
            "stg_sales",
        ),
        (
            lose_a_row_of_the_fact,
            dg.AssetCheckKey(dg.AssetKey("fct_sales"), "the_fact_holds_the_sales"),
            "daily_sales",
        ),
    ],
)
def test_a_lost_row_stops_the_next_layers_and_names_the_day(
    built_home: TestHome,
    instance: dg.DagsterInstance,
    lose: Callable[[TestHome], None],
    check: dg.AssetCheckKey,
    after: str,
) -> None:
    lose(built_home)
    selection = dg.AssetSelection.checks(check) | dg.AssetSelection.assets(after).without_checks()

    result = execute(built_home, selection, ALL_DAYS, instance)

    [failed] = [one for one in result.get_asset_check_evaluations() if not one.passed]
    assert not result.success
    assert failed.asset_check_key == check
    assert [str(text).split(":")[0] for text in failed.metadata["differences"].value] == [DAY]  # type: ignore[union-attr]
    assert materializations(result, after) == {}


def test_a_day_that_another_run_is_changing_is_left_to_that_run_and_named(
    built_home: TestHome, instance: dg.DagsterInstance
) -> None:
    catalog = built_home.deployment.catalog
    catalog.forget_content(Layer.OBJECTS, [date.fromisoformat(DAY)])
    lose_a_row_of_an_object(built_home)
    check = dg.AssetCheckKey(dg.AssetKey("sales"), "the_warehouse_holds_the_objects")

    result = execute(built_home, dg.AssetSelection.checks(check), ALL_DAYS, instance)

    [evaluation] = result.get_asset_check_evaluations()
    assert evaluation.passed
    assert evaluation.metadata["days_changed_by_another_run"].value == [DAY]
    assert evaluation.metadata["days"].value == len(DAYS) - 1
    assert built_home.deployment.build_state().plan(built_home.ledger()).days == [date.fromisoformat(DAY)]


@pytest.mark.long
def test_a_run_finds_the_losses_of_every_layer_and_repairs_them(
    built_home: TestHome, undisturbed: Undisturbed
) -> None:
    lose_a_cleaned_row(built_home)
    lose_a_row_of_an_object(built_home)
    change(built_home, *(f"delete from bandcamp.{table} where sale_date = '{OTHER}'" for table in TABLES))

    lost = built_home.bandcamp("status")
    built_home.run()

    assert lost.returncode == 1
    assert all(day in lost.stdout for day in (DAY, OTHER))
    assert built_home.ledger().holds
    assert everything(built_home) == undisturbed.state
