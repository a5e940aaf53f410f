"""Rows are counted in the files: a row that is lost, duplicated, or of a day of one layer only, is found."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import dagster as dg
import duckdb
import polars as pl
import pytest

from bandcamp_assets.defs.checks import layers as checks
from bandcamp_assets.defs.resources import landing_resources
from bandcamp_assets.lake.damage import DamagedFileError
from bandcamp_assets.lake.layout import cleaned_file
from bandcamp_assets.state.ledger.ledger import Ledger, take_ledger
from bandcamp_assets.state.ledger.measure import object_figures, rejected_rows, staged_rows
from bandcamp_assets.storage.objects import LocalObjectStore, sales_key
from bandcamp_assets_tests.raw_files import raw_row, write_csv
from bandcamp_assets_tests.state.integrity.conftest import LANDING, LayeredHome

ROWS = 42
"""Raw rows of the home: 41 sales and duplicates, and one with an unknown currency."""

STAGED, REJECTED = "lake/staged_sales/*/*", "lake/rejected_sales/*"


def lose_a_row(path: Path) -> None:
    pl.read_parquet(path)[1:].write_parquet(path)


def double_a_row(path: Path) -> None:
    rows = pl.read_parquet(path)
    pl.concat([rows, rows[:1]]).write_parquet(path)


def check(home: LayeredHome, instance: dg.DagsterInstance) -> dg.AssetCheckEvaluation:
    """Evaluate only the check."""
    definitions = dg.Definitions(
        assets=LANDING,
        asset_checks=[checks.raw_rows_are_staged_or_rejected],
        jobs=[dg.define_asset_job("check", selection=dg.AssetSelection.all_asset_checks())],
        resources=landing_resources(home.deployment),
        executor=dg.in_process_executor,
    )
    result = definitions.resolve_job_def("check").execute_in_process(instance=instance, raise_on_error=False)
    (evaluation,) = result.get_asset_check_evaluations()
    assert result.success == evaluation.passed, "the check is blocking"
    return evaluation


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def test_if_nothing_is_lost_every_raw_row_is_counted(layered: LayeredHome, instance: dg.DagsterInstance):
    found = check(layered, instance)

    assert found.passed
    shown = {name: value.value for name, value in found.metadata.items()}
    assert shown == {"staged_rows": ROWS - 1, "rejected_rows": 1, "files_to_be_staged": 0, "differences": []}


@pytest.mark.parametrize(
    ("pattern", "change", "said"),
    [
        (STAGED, lose_a_row, "sales.csv: 42 raw rows, 40 staged, 1 rejected"),
        (STAGED, double_a_row, "sales.csv: 42 raw rows, 42 staged, 1 rejected"),
        (REJECTED, lose_a_row, "sales.csv: 42 raw rows, 41 staged, 0 rejected"),
        (REJECTED, double_a_row, "sales.csv: 42 raw rows, 41 staged, 2 rejected"),
    ],
)
def test_a_lost_or_duplicated_row_fails_the_check_and_its_file_is_named(
    layered: LayeredHome, instance: dg.DagsterInstance, pattern: str, change: Callable[[Path], None], said: str
):
    change(layered.one(pattern))

    found = check(layered, instance)

    assert not found.passed
    assert found.metadata["differences"].value == [said]


def test_a_file_that_the_last_staging_left_out_fails_the_check(
    layered: LayeredHome, instance: dg.DagsterInstance, tmp_path: Path
):
    source = write_csv(tmp_path / "later.csv", [raw_row(7)])
    config = {"ops": {"raw_sales": {"config": {"source": str(source)}}}}
    dg.materialize([*LANDING[:1]], resources=landing_resources(layered.deployment), run_config=config)

    never_staged = check(layered, instance)
    instance.report_runless_asset_event(dg.AssetMaterialization("staged_sales"))
    landed_before = check(layered, instance)

    for found in (never_staged, landed_before):
        assert not found.passed
        assert found.metadata["differences"].value == ["later.csv: not staged"]
        assert found.metadata["files_to_be_staged"].value == 0


def test_a_file_that_landed_after_the_last_staging_waits_for_the_next(
    layered: LayeredHome, instance: dg.DagsterInstance, tmp_path: Path
):
    instance.report_runless_asset_event(dg.AssetMaterialization("staged_sales"))
    source = write_csv(tmp_path / "later.csv", [raw_row(7)])
    config = {"ops": {"raw_sales": {"config": {"source": str(source)}}}}
    dg.materialize([*LANDING[:1]], resources=landing_resources(layered.deployment), run_config=config)

    found = check(layered, instance)

    assert found.passed
    assert found.metadata["files_to_be_staged"].value == 1


STRAY = date(2021, 3, 4)


def stray_object(home: LayeredHome) -> None:
    path = home.root / "objects" / sales_key(STRAY)
    path.parent.mkdir()
    pl.read_parquet(home.one("objects/sales/*/*")).with_columns(sale_date=STRAY).write_parquet(path)


def stray_rows(home: LayeredHome, table: str) -> None:
    stray = f"select * replace (date '{STRAY}' as sale_date) from bandcamp.{table} limit 3"
    ask(home, f"insert into bandcamp.{table} {stray}")


def ask(home: LayeredHome, sql: str) -> None:
    with duckdb.connect(home.root / "warehouse.duckdb") as connection:
        connection.execute(sql)


def ledger_of(home: LayeredHome) -> Ledger:
    deployment = home.deployment
    return take_ledger(deployment.settings.home, deployment.catalog, deployment.object_store, deployment.warehouse)


@pytest.mark.parametrize(
    ("layer", "put"),
    [
        ("objects", stray_object),
        ("sales", lambda home: stray_rows(home, "sales")),
        ("fct_sales", lambda home: stray_rows(home, "fct_sales")),
    ],
)
def test_a_day_that_only_one_layer_has_is_in_the_ledger_and_in_the_plan(
    layered: LayeredHome, layer: str, put: Callable[[LayeredHome], None]
):
    ask(
        layered,
        "create table bandcamp.fct_sales as select *, false as amount_paid_usd_is_estimated from bandcamp.sales",
    )
    before = ledger_of(layered)
    put(layered)

    after = ledger_of(layered)

    assert before.holds
    assert not after.holds
    assert set(after.days) - set(before.days) == {STRAY}
    assert [day for day in after.days if not after.agrees(day)] == [STRAY]
    assert [name for name, held in after.layers.items() if STRAY in held and held[STRAY].rows] == [layer]
    assert STRAY in layered.deployment.build_state().plan(after).days


def test_the_ledger_counts_rejected_rows_by_reason_over_all_files(layered: LayeredHome, tmp_path: Path):
    rows = [raw_row(200, currency="ZZZ"), raw_row(201, currency="ZZZ"), raw_row(202, amount_paid="much")]
    layered.land(write_csv(tmp_path / "more.csv", rows))

    counted = ledger_of(layered)

    assert counted.rejected == {"bad_amount": 1, "unknown_currency": 3}
    assert counted.rejected_measured == 4
    assert counted.raw_rows == ROWS + 3


def test_the_ledger_distinguishes_an_empty_fact_from_a_missing_one(layered: LayeredHome):
    without = ledger_of(layered)
    with duckdb.connect(layered.root / "warehouse.duckdb") as connection:
        connection.execute("create table bandcamp.fct_sales (sale_date date, amount_paid_usd decimal(18, 2))")
        connection.execute("alter table bandcamp.fct_sales add column amount_paid_usd_is_estimated boolean")
    empty = ledger_of(layered)

    assert without.has_fact is False
    assert empty.has_fact is True
    assert without.layers["fct_sales"] == empty.layers["fct_sales"] == {}


def test_a_file_that_counting_finds_damaged_is_read_by_the_next_survey(layered: LayeredHome):
    path = layered.one(STAGED)
    stat = path.stat()
    path.write_bytes(bytes(stat.st_size))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert not layered.survey().damage, "size and time are unchanged"

    with pytest.raises(DamagedFileError, match=f"A file of the lake is damaged\n  where: {path}"):
        ledger_of(layered)

    assert [one.place for one in layered.survey().damage] == [str(path)]


IN_LAYERS = {
    "staged": STAGED,
    "duplicates": "lake/duplicate_sales/*/*",
    "cleaned": "lake/cleaned_sales/*/*",
    "objects": "objects/sales/*/*",
}


def test_files_known_to_be_damaged_count_as_empty_and_do_not_stop_the_count(layered: LayeredHome):
    before = ledger_of(layered)
    paths = {layer: layered.one(pattern) for layer, pattern in IN_LAYERS.items()}
    rejected = layered.one(REJECTED)
    for path in (rejected, *paths.values()):
        path.write_bytes(b"no Parquet")

    deployment = layered.deployment
    counted = take_ledger(
        deployment.settings.home,
        deployment.catalog,
        deployment.object_store,
        deployment.warehouse,
        without=[str(rejected), *map(str, paths.values())],
    )

    assert counted.rejected_measured == 0
    for layer, path in paths.items():
        lost = date.fromisoformat(path.parent.name.removeprefix("sale_date="))
        held = {day: figures for day, figures in before.layers[layer].items() if day != lost}
        assert {day: figures for day, figures in counted.layers[layer].items() if figures.rows} == {
            day: figures for day, figures in held.items() if figures.rows
        }


@pytest.mark.parametrize(("pattern", "rows"), [(STAGED, staged_rows), (REJECTED, rejected_rows)])
def test_an_unreadable_file_of_a_raw_file_is_named(layered: LayeredHome, pattern: str, rows: Callable[..., int]):
    path = layered.one(pattern)
    path.write_bytes(b"no Parquet")
    days = [layered.deployment.catalog.staged_files()[0].days[0].sale_date]

    with pytest.raises(DamagedFileError) as caught:
        rows(layered.root / "lake", *([path.stem, days] if rows is staged_rows else [[path.stem]]))

    assert caught.value.path == path


def test_a_raw_file_without_days_has_no_staged_rows(tmp_path: Path):
    assert staged_rows(tmp_path, "aaaa", []) == 0


def test_the_store_learns_of_which_files_of_the_lake_its_objects_are_copies(layered: LayeredHome):
    asked = {}

    class Asked(LocalObjectStore):
        def readable(self, twins):
            asked.update(twins)
            return super().readable(twins)

    home = layered.deployment.settings.home
    days = sorted(layered.deployment.catalog.cleaned_days())

    counted = object_figures(home.lake, Asked(home), days)

    assert asked == {sales_key(day): cleaned_file(home.lake, day) for day in days}
    assert counted == ledger_of(layered).layers["objects"]
