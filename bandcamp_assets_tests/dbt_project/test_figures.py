"""The facts and marts against figures worked out another way, to the cent."""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal
from fractions import Fraction

import polars as pl
import pytest

from bandcamp_assets_tests.dbt_project.duckdb_dbt import Dbt
from bandcamp_assets_tests.dbt_project.googlesql_dbt import GoogleSqlDbt
from bandcamp_assets_tests.dbt_project.sales import NAME, real_sales, sale

WEEKS = [
    sale("sunday", "2020-12-27T23:59:59"),
    sale("monday", "2020-12-28T00:00:00"),
    sale("new_year", "2021-01-01T12:00:00"),
    sale("next_monday", "2021-01-04T00:00:00"),
]
NAMELESS = [
    sale("named_none", "2020-09-10T12:00:00", artist_name="None"),
    sale("named_na", "2020-09-10T12:00:01", artist_name="NA"),
    sale("nameless", "2020-09-10T12:00:02", artist_name=None),
]
WITHOUT_RATE = [
    sale("known", "2020-09-10T12:00:00"),
    sale("unknown", "2020-09-10T12:00:01", currency="ISK", amount_paid_usd=None),
]
ABSURD = [
    sale("sane", "2020-09-10T12:00:00"),
    sale(
        "absurd",
        "2020-09-10T12:00:01",
        currency="EUR",
        item_price="9999999999.00",
        amount_paid="0.01",
        amount_paid_usd="9999999999.00",
    ),
]


def to_cents(amount: Fraction) -> Decimal:
    """Rounded half up."""
    return Decimal(math.floor(amount * 100 + Fraction(1, 2))) / 100


def prices_usd(sales: pl.DataFrame) -> pl.Series:
    """Each sale's price in USD by fractions, for sales whose ratio is defined; in USD also for others."""
    return pl.Series(
        [
            to_cents(Fraction(price) * Fraction(usd) / Fraction(paid)) if paid else price
            for price, usd, paid in sales.select("item_price", "amount_paid_usd", "amount_paid").iter_rows()
        ],
        dtype=pl.Decimal(18, 2),
    )


def test_real_sales_come_out_to_the_cent_in_fact_and_marts(dbt: Dbt) -> None:
    sales = real_sales()
    free = sales.filter((pl.col("amount_paid") == 0) & (pl.col("currency") != "USD"))
    expected = sales.with_columns(prices_usd(sales).alias("item_price_usd"))
    dbt.load_frame(sales)

    statuses = dbt.build()

    paid = sum(expected["amount_paid_usd"], Decimal())
    asked = sum(expected["item_price_usd"], Decimal())
    assert set(statuses.values()) == {"success", "pass"}
    assert free.filter(pl.col("item_price") > 0).is_empty(), "a price here would need a day's rate"
    assert dbt.query(
        "select count(*), sum(amount_paid_usd), sum(item_price_usd), sum(amount_overpaid_usd) from fct_sales"
    ) == [(600, paid, asked, paid - asked)]
    for mart in ("daily_sales", "weekly_sales", "country_sales", "item_type_sales", "artist_sales"):
        sums = f"select sum(sales), sum(revenue_usd), sum(asking_usd), sum(overpaid_usd) from {mart}"
        assert dbt.query(sums) == [(600, paid, asked, paid - asked)]


def test_each_real_sale_has_the_price_that_fractions_give(dbt: Dbt) -> None:
    sales = real_sales()
    expected = dict(zip(sales["_id"], prices_usd(sales), strict=True))
    dbt.load_frame(sales)

    dbt.build("--select", "tag:reference", "tag:daily")

    made = {row[0]: row[1] for row in dbt.query("select _id, item_price_usd from fct_sales")}
    assert made == expected


def test_weeks_begin_on_monday_and_run_over_the_years_end(dbt: Dbt) -> None:
    dbt.load(*WEEKS)

    dbt.build("--select", "+weekly_sales")

    assert dbt.query("select week_start, iso_year, iso_week, sales from weekly_sales order by 1") == [
        (date(2020, 12, 21), 2020, 52, 1),
        (date(2020, 12, 28), 2020, 53, 2),
        (date(2021, 1, 4), 2021, 1, 1),
    ]


def test_artists_called_none_or_nothing_keep_their_sales(dbt: Dbt) -> None:
    dbt.load(*NAMELESS)

    statuses = dbt.build("--select", "+artist_sales")

    assert set(statuses.values()) == {"success", "pass"}
    assert dbt.query("select artist_name, revenue_usd from artist_sales order by revenue_rank") == [
        (None, Decimal("10.00")),
        ("NA", Decimal("10.00")),
        ("None", Decimal("10.00")),
    ]


def test_an_amount_without_any_rate_warns_and_is_counted_all_the_same(dbt: Dbt) -> None:
    dbt.load(*WITHOUT_RATE)

    statuses = dbt.build("--select", "+daily_sales")

    assert {name for name, status in statuses.items() if status not in ("success", "pass")} == {
        "fct_sales_every_amount_has_usd"
    }
    assert statuses["fct_sales_every_amount_has_usd"] == "warn"
    assert dbt.query("select sales, revenue_usd, estimated_sales from daily_sales") == [(2, Decimal("10.00"), 1)]


def test_an_absurd_amount_does_not_stop_the_day(dbt: Dbt) -> None:
    dbt.load(*ABSURD)

    statuses = dbt.build("--select", "tag:reference", "tag:daily")

    assert statuses["fct_sales"] == "success"
    assert dbt.query(f"select {NAME}, item_price_usd from fct_sales order by 1") == [
        ("absurd", None),
        ("sane", Decimal("10.00")),
    ]


@pytest.mark.long
def test_googles_engine_makes_the_same_rows(dbt: Dbt, googlesql: GoogleSqlDbt) -> None:
    dbt.load(*WEEKS, *NAMELESS, *WITHOUT_RATE, *ABSURD)
    dbt.build()

    assert googlesql.differences(dbt) == []
