"""A run replaces its days, all of them, and no others."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest
from dbt.contracts.graph.manifest import Manifest

from bandcamp_assets.storage.warehouse.marks import BESIDE_THE_FACT, FACT
from bandcamp_assets_tests.dbt_project.duckdb_dbt import PROJECT, Dbt
from bandcamp_assets_tests.dbt_project.sales import NAME, sale
from bandcamp_assets_tests.dbt_project.stages import ROLLUPS

DAILY = ("--select", "tag:daily")
FIRST = sale("first", "2020-09-10T12:00:00")
SECOND = sale("second", "2020-09-11T12:00:00", currency="EUR", amount_paid_usd="11.80")
THIRD = sale("third", "2020-09-12T12:00:00")


@pytest.fixture(scope="module")
def built_warehouse(manifest: Manifest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    dbt = Dbt(tmp_path_factory.mktemp("built"), manifest)
    dbt.load(FIRST, SECOND, THIRD)
    dbt.build("--select", "tag:reference", "tag:daily")
    return dbt.warehouse


@pytest.fixture
def three_days(dbt: Dbt, built_warehouse: Path) -> Dbt:
    shutil.copy(built_warehouse, dbt.warehouse)
    return dbt


def test_the_warehouse_knows_every_table_that_dbt_builds_by_day(manifest: Manifest) -> None:
    by_day = {node.name for node in manifest.nodes.values() if node.config.materialized == "incremental"}

    assert by_day == {FACT, *BESIDE_THE_FACT}


def ids(dbt: Dbt) -> list[object]:
    return [name for (name,) in dbt.query(f"select {NAME} from fct_sales order by sale_date, _id")]


def test_a_run_changes_only_its_day_of_the_rollups(three_days: Dbt) -> None:
    three_days.load(sale("another", "2020-09-11T12:00:00"), THIRD)

    three_days.build(*DAILY, days=["2020-09-11"])

    by_day = [(f"2020-09-{day}", 1) for day in (10, 11, 12)]
    for rollup in ROLLUPS:
        query = f"select sale_date::text, sum(sales)::int from {rollup} group by 1 order by 1"
        assert three_days.query(query) == by_day
    assert three_days.query("select distinct currency from sales_by_segment where sale_date = '2020-09-11'") == [
        ("USD",)
    ]


def test_a_run_changes_only_its_day(three_days: Dbt) -> None:
    three_days.load(
        FIRST | {"artist_name": "Changed"}, SECOND | {"artist_name": "Changed"}, THIRD | {"artist_name": "Changed"}
    )

    statuses = three_days.build(*DAILY, days=["2020-09-11"])

    assert set(statuses.values()) == {"success", "pass"}
    assert three_days.query("select sale_date, artist_name from fct_sales order by 1") == [
        (date(2020, 9, 10), "Artist"),
        (date(2020, 9, 11), "Changed"),
        (date(2020, 9, 12), "Artist"),
    ]


def test_a_run_over_days_with_a_gap_leaves_the_gap_alone(three_days: Dbt) -> None:
    three_days.load(
        sale("new 1", "2020-09-10T12:00:00"),
        sale("new 2", "2020-09-11T12:00:00"),
        sale("new 3", "2020-09-12T12:00:00"),
    )

    three_days.build("--select", "tag:daily", "--exclude", "source:*", days=["2020-09-12", "2020-09-10"])

    assert ids(three_days) == ["new 1", "second", "new 3"]


def test_a_run_repeated_doubles_nothing(three_days: Dbt) -> None:
    three_days.build(*DAILY, days=["2020-09-11", "2020-09-12"])
    three_days.build(*DAILY)

    assert ids(three_days) == ["first", "second", "third"]


def test_an_emptied_day_ends_empty(three_days: Dbt) -> None:
    three_days.load(FIRST, THIRD)

    statuses = three_days.build(*DAILY, days=["2020-09-11"])

    assert set(statuses.values()) == {"success", "pass"}
    assert ids(three_days) == ["first", "third"]
    assert three_days.query("select count(*) from usd_rates") == [(0,)]


def test_a_run_without_days_replaces_everything(three_days: Dbt) -> None:
    three_days.load(SECOND)

    three_days.build(*DAILY)

    assert ids(three_days) == ["second"]


def test_the_first_run_may_be_of_one_day(dbt: Dbt) -> None:
    dbt.load(FIRST, SECOND, THIRD)
    dbt.build("--select", "tag:reference")

    dbt.build(*DAILY, days=["2020-09-11"])

    assert ids(dbt) == ["second"]


def test_a_failure_between_delete_and_insert_leaves_the_old_rows(three_days: Dbt) -> None:
    with duckdb.connect(str(three_days.warehouse)) as connection:
        connection.execute("create unique index one_sale_an_item on bandcamp.fct_sales (url)")
    same_item = "//artist.bandcamp.com/album/same"
    three_days.load(
        FIRST,
        sale("new 1", "2020-09-11T01:00:00", url=same_item),
        sale("new 2", "2020-09-11T02:00:00", url=same_item),
        THIRD,
    )

    statuses = three_days.build(*DAILY, days=["2020-09-11"])

    assert statuses["fct_sales"] == "error"
    assert any("uplicate key" in message for message in three_days.messages)
    assert ids(three_days) == ["first", "second", "third"]


@pytest.mark.parametrize("days", [["2020-9-1"], ["x'; drop table sales; --"], []])
def test_days_that_are_no_dates_are_refused_before_anything_changes(three_days: Dbt, days: list[str]) -> None:
    three_days.load(SECOND)

    statuses = three_days.build(*DAILY, days=days)

    assert "success" not in {statuses["usd_rates"], statuses["fct_sales"]}
    assert any("The var `days`" in message for message in three_days.messages)
    assert ids(three_days) == ["first", "second", "third"]


def test_a_sale_missing_from_the_fact_is_noticed(three_days: Dbt) -> None:
    with duckdb.connect(str(three_days.warehouse)) as connection:
        connection.execute(f"delete from bandcamp.fct_sales where {NAME} = 'second'")

    statuses = three_days.build("--select", "fct_sales_same_totals_as_sales", days=["2020-09-10", "2020-09-11"])

    assert statuses == {"fct_sales_same_totals_as_sales": "fail"}


def test_a_broken_contract_is_refused_and_the_fact_stays(three_days: Dbt, tmp_path: Path) -> None:
    project = tmp_path / "broken_project"
    shutil.copytree(PROJECT, project)
    fact = project / "models" / "facts" / "fct_sales.sql"
    sql = fact.read_text(encoding="utf-8")
    broken = sql.replace("        amount_paid,\n", "        cast(amount_paid as double) as amount_paid,\n")
    assert broken != sql
    fact.write_text(broken, encoding="utf-8")
    broken_dbt = Dbt(tmp_path, project=project)

    statuses = broken_dbt.build("--select", "fct_sales")

    assert statuses["fct_sales"] == "error"
    assert any("contract" in message and "amount_paid" in message for message in broken_dbt.messages)
    assert ids(three_days) == ["first", "second", "third"]


def test_a_daily_run_tests_no_mart(manifest: Manifest, dbt: Dbt) -> None:
    dbt.load(FIRST)
    dbt.build("--select", "tag:reference")

    statuses = dbt.build(*DAILY)

    assert set(statuses.values()) == {"success", "pass"}
    assert not any("country_sales" in name or "daily_sales" in name for name in statuses)
