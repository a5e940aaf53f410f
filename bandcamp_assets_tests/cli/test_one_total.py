"""Delivered and estimated amounts are named apart, and add up to the sum of the tables."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import dagster as dg
import duckdb
import polars as pl
import pytest

from bandcamp_assets.system.instance.local import open_instance
from bandcamp_assets_tests.homes import BuiltHome, TestHome, empty

pytestmark = pytest.mark.xdist_group("two days")


@dataclass(frozen=True)
class Reported:
    """A home with estimated amounts, what was printed about it, and the sums of `fct_sales`."""

    home: TestHome
    run: str
    status: str
    delivered: Decimal
    estimated: Decimal
    total: Decimal


@pytest.fixture(scope="module")
def reported(built: BuiltHome, _home_root: Path) -> Reported:
    home = empty(_home_root)
    home.restore(built.saved)
    status = home.bandcamp("status").stdout
    with duckdb.connect(home.root / "warehouse.duckdb", read_only=True) as connection:
        (figures,) = connection.sql(
            "select sum(amount_paid_usd) filter (where not amount_paid_usd_is_estimated),"
            " sum(amount_paid_usd) filter (where amount_paid_usd_is_estimated), sum(amount_paid_usd)"
            " from bandcamp.fct_sales"
        ).fetchall()
    return Reported(home, built.printed, status, *figures)


def test_the_parts_add_up_to_the_sum_of_the_table(reported: Reported):
    assert reported.estimated > 1000
    assert reported.delivered + reported.estimated == reported.total


@pytest.mark.parametrize("command", ["run", "status"])
def test_a_command_names_the_sum_of_the_table_and_its_two_parts(reported: Reported, command: str):
    printed = {line.split()[0]: line for line in getattr(reported, command).splitlines() if line.split()}

    assert f"{reported.total:,.2f} USD" in printed["paid"]
    assert f"{reported.delivered:,.2f} USD" in printed["delivered"]
    assert f"{reported.estimated:,.2f} USD" in printed["estimated"]
    assert "2 sales came without USD" in printed["estimated"]


def test_the_ledger_file_holds_the_sum_of_each_day_and_its_two_parts(reported: Reported):
    ledger = pl.read_parquet(reported.home.root / "lake" / "ledger.parquet", glob=False, hive_partitioning=False)
    with duckdb.connect(reported.home.root / "warehouse.duckdb", read_only=True) as connection:
        days = connection.sql(
            "select sale_date, sum(amount_paid_usd) from bandcamp.fct_sales group by all order by all"
        ).fetchall()

    assert ledger.select("sale_date", "fct_sales_usd").rows() == days
    assert ledger["fct_sales_delivered_usd"].to_list() == ledger["sales_usd"].to_list()
    parts = ledger["fct_sales_delivered_usd"] + ledger["fct_sales_estimated_usd"]
    assert parts.to_list() == ledger["fct_sales_usd"].to_list()
    assert ledger["agrees"].all()


def test_the_assets_and_the_check_name_the_sum_and_its_parts(reported: Reported):
    with open_instance(reported.home.deployment.settings.home) as instance:
        shown = {
            name: event.asset_materialization.metadata
            for name in ("ledger", "sales_dashboard")
            if (event := instance.get_latest_materialization_event(dg.AssetKey(name)))
            and event.asset_materialization
        }
        key = dg.AssetCheckKey(dg.AssetKey("fct_sales"), "the_fact_holds_the_sales")
        record = instance.event_log_storage.get_latest_asset_check_execution_by_key([key])[key]
    assert record.event
    check = record.event.get_dagster_event().asset_check_evaluation_data.metadata

    assert {one["amount_paid_usd"].value for one in shown.values()} == {float(reported.total)}
    assert shown["ledger"]["delivered_usd"].value == float(reported.delivered)
    assert shown["ledger"]["estimated_usd"].value == float(reported.estimated)
    named = [check[name].value for name in ("delivered_usd_found", "estimated_usd", "amount_paid_usd")]
    assert named == [float(reported.delivered), float(reported.estimated), float(reported.total)]
