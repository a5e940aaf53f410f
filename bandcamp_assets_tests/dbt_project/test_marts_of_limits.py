"""No sum, product or share of the marts overflows, with as much money and as many items as sales may have."""

from __future__ import annotations

from decimal import Decimal

import duckdb
import polars as pl
import pytest
from dbt.contracts.graph.manifest import Manifest

from bandcamp_assets.contract.codes import MAX_AMOUNT, MAX_COUNT
from bandcamp_assets_tests.dbt_project.duckdb_dbt import Dbt
from bandcamp_assets_tests.dbt_project.googlesql_dbt import GoogleSqlDbt
from bandcamp_assets_tests.dbt_project.marts_expected_data import EXPECTED
from bandcamp_assets_tests.dbt_project.sales import frame, load, sale

SALES = 50_000
LARGEST = MAX_AMOUNT - Decimal("0.01")
LARGEST_OF_COLUMN = Decimal(10) ** 16 - Decimal("0.01")
"""What `sales` could hold: a million times what is let in. So few rows stand for a thousand million."""


def limits(folder: pytest.TempPathFactory, manifest: Manifest, amount: Decimal, *, number: int = SALES) -> Dbt:
    """A warehouse of sales of that much money, each by artist and seller of its own, half of them for nothing."""
    dbt = Dbt(folder.mktemp("limits"), manifest)
    most = str(amount)
    kinds = [
        sale("asked", "2020-10-02T08:00:00", item_price=most, amount_paid=most, amount_paid_usd=most),
        sale("free", "2020-10-03T08:00:00", item_price="0.00", amount_paid=most, amount_paid_usd=most),
    ]
    load(dbt.warehouse, frame([kind | {"quantity": 1 + MAX_COUNT, "addl_count": MAX_COUNT} for kind in kinds]))
    with duckdb.connect(str(dbt.warehouse)) as connection:
        connection.execute(
            "create or replace table bandcamp.sales as select s.* replace ("
            " concat(_id, n) as _id, concat('Artist ', n) as artist_name,"
            " concat('//a', n, '.bandcamp.com/', s.artist_name) as url)"
            f" from bandcamp.sales as s, range({number // 2}) as numbers (n)"
        )
    statuses = dbt.build("--exclude-resource-type", "test")
    assert set(statuses.values()) == {"success"}, dbt.messages
    return dbt


@pytest.mark.parametrize("amount", [LARGEST, pytest.param(LARGEST_OF_COLUMN, marks=pytest.mark.long)])
def test_every_mart_adds_up_the_largest_amounts_and_counts(
    tmp_path_factory: pytest.TempPathFactory, manifest: Manifest, amount: Decimal
) -> None:
    dbt = limits(tmp_path_factory, manifest, amount)
    revenue, items = SALES * amount, SALES * (1 + MAX_COUNT)
    asked = SALES // 2 * amount if amount < MAX_AMOUNT else 0

    for mart in ("daily_sales", "weekly_sales", "country_sales", "currency_sales", "artist_sales", "format_sales"):
        assert dbt.query(f"select sum(items), sum(revenue_usd), sum(asking_usd) from {mart}") == [
            (items, revenue, asked)
        ], mart
    assert dbt.query("select distinct average_sale_usd from currency_sales") == [(amount,)]
    gini = "select population, gini, top_10_percent_share from income_concentration where population = 'sellers'"
    assert dbt.query(gini) == [("sellers", Decimal(0), Decimal("0.1"))]
    assert dbt.query("select max(revenue_usd), min(seller_share) from business_model_sensitivity") == [
        (revenue, Decimal("0.78"))
    ]
    for mart in EXPECTED:
        table = dbt.table(mart)
        empty = [name for name in table.columns if name.endswith("_usd") and table[name].null_count()]
        assert empty == [], f"{mart}: {empty} went missing"


@pytest.mark.long
def test_googles_engine_adds_up_the_same_amounts(
    tmp_path_factory: pytest.TempPathFactory, manifest: Manifest, googlesql: GoogleSqlDbt
) -> None:
    dbt = limits(tmp_path_factory, manifest, LARGEST_OF_COLUMN, number=1000)

    assert googlesql.differences(dbt) == []


def too_large() -> list[dict[str, object]]:
    """Sales whose price in US dollars is larger than any amount may be, and one whose price is just not."""
    most = str(LARGEST)
    return [
        sale(
            f"sale {n}",
            "2020-10-02T08:00:00",
            currency="EUR",
            item_price=price,
            amount_paid="0.01",
            amount_paid_usd=usd,
        )
        for n, (price, usd) in enumerate([(most, most), ("100.00", "1000000.00"), ("100.00", "999999.99")])
    ]


@pytest.mark.long
def test_googles_engine_misses_the_same_amounts(dbt: Dbt, googlesql: GoogleSqlDbt) -> None:
    dbt.load(*too_large())
    dbt.build()

    assert googlesql.differences(dbt) == []


def test_what_is_worked_out_is_missing_where_it_is_larger_than_any_amount(dbt: Dbt) -> None:
    dbt.load(*too_large())

    statuses = dbt.build()

    assert {name for name, status in statuses.items() if status not in ("success", "pass")} == {
        "fct_sales_every_amount_has_usd"
    }
    assert dbt.query("select item_price_usd from fct_sales order by _id") == [
        (None,), (None,), (Decimal("9999999900.00"),),
    ]  # fmt: skip


def test_the_totals_of_the_marts_are_wider_than_the_amounts_of_sales(dbt: Dbt) -> None:
    dbt.load(sale("one", "2020-10-02T08:00:00"))

    dbt.build("--select", "+daily_sales", "--exclude-resource-type", "test")

    assert dbt.table("fct_sales").schema["amount_paid_usd"] == pl.Decimal(18, 2)
    assert dbt.table("daily_sales").schema["revenue_usd"] == pl.Decimal(24, 2)
