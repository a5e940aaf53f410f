"""The marts that the dashboard reads, worked out by hand: how fine its time is, and whom it ranks."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from dbt.contracts.graph.manifest import Manifest

from bandcamp_assets_tests.dbt_project.duckdb_dbt import Dbt
from bandcamp_assets_tests.dbt_project.googlesql_dbt import GoogleSqlDbt
from bandcamp_assets_tests.dbt_project.marts_expected_dashboard import dashboard_sales
from bandcamp_assets_tests.dbt_project.marts_expected_data import picked, warehouse
from bandcamp_assets_tests.dbt_project.marts_expected_numbers import Row, decimals, difference
from bandcamp_assets_tests.dbt_project.sales import frame, sale

DAYS = {
    "2020-09-28T12:00:00": "1.00",
    "2020-09-29T12:00:00": "2.00",
    "2020-10-02T06:59:59": "4.00",
    "2020-10-02T07:00:00": "8.00",
    "2020-10-05T12:00:00": "16.00",
    "2020-10-12T12:00:00": "32.00",
    "2021-01-01T12:00:00": "64.00",
}
"""What was paid for an album of 10 USD; the first two days and the third are of one week and two months."""

PERIODS = {
    "day": ["2020-09-28", "2020-09-29", "2020-10-02", "2020-10-05", "2020-10-12", "2021-01-01"],
    "week": ["2020-09-28", "2020-10-05", "2020-10-12", "2020-12-28"],
    "month": ["2020-09-01", "2020-10-01", "2021-01-01"],
    "year": ["2020-01-01", "2021-01-01"],
}
REVENUE = {
    "day": ["1", "2", "12", "16", "32", "64"],
    "week": ["15", "16", "32", "64"],
    "month": ["3", "60", "64"],
    "year": ["63", "64"],
}
GRAINS = {9: "day", 8: "week", 7: "week", 6: "month", 5: "year", 4: "year"}
"""Rows that the page may carry, and how fine its time is then: 3 rows besides those of the albums."""


def paid(name: str, amounts: str, time: str = "2020-09-28T12:00:00", **values: object) -> Row:
    """A sale for a price, the amount paid and what that is in US dollars."""
    price, amount, usd = (None if text == "-" else text for text in amounts.split())
    return sale(name, time, item_price=price, amount_paid=amount, amount_paid_usd=usd, **values)


SALES = [
    *(paid(time, f"10.00 {usd} {usd}", time) for time, usd in DAYS.items()),
    paid("free", "0.00 3.00 3.00"),
    paid("no rate", "500.00 600.00 -", currency="ISK"),
    paid("hundred", "100.00 100.00 100.00", quantity=3),
]
ARTISTS = [
    *(paid(f"high {n}", "100.00 100.00 100.00", artist_name=f"High {n:02}") for n in range(49)),
    *(paid(f"tie {n}", "50.00 50.00 50.00", artist_name=f"Tie {n}") for n in range(3)),
    *(
        paid(f"japan {n}", "1.00 1.00 1.00", artist_name=f"Japan {n:02}", country_code="jp", country="Japan")
        for n in range(11)
    ),
    paid("abroad", "0.50 0.75 0.75", artist_name="Japan 00"),
    paid("nameless", "900.00 900.00 900.00", artist_name=None),
]


@pytest.fixture(scope="module")
def dbt(tmp_path_factory: pytest.TempPathFactory, manifest: Manifest) -> Dbt:
    return warehouse(tmp_path_factory.mktemp("dashboard"), manifest, frame(SALES), "dashboard_sales")


@pytest.fixture(scope="module")
def artists(tmp_path_factory: pytest.TempPathFactory, manifest: Manifest) -> Dbt:
    return warehouse(tmp_path_factory.mktemp("ranked"), manifest, frame(ARTISTS), "dashboard_artists")


def test_prices_that_are_nothing_or_not_known_have_bands_of_their_own(dbt: Dbt) -> None:
    columns = "price_band, sales, items, revenue_usd, overpaid_usd, overpaid_sales"

    made = picked(dbt, "dashboard_sales", columns, "period_start = '2020-09-28'")

    assert made == [
        ("10.00 to 14.99", 1, 1, *decimals("1", "-9"), 0),
        ("100 and more", 1, 3, *decimals("100", "0"), 0),
        ("free", 1, 1, *decimals("3", "3"), 1),
        ("unknown", 1, 1, *decimals("0", "0"), 1),
    ]


def test_a_period_tells_what_was_paid_while_nothing_was_taken(dbt: Dbt) -> None:
    columns = "sales, revenue_usd, bandcamp_friday_sales, bandcamp_friday_revenue_usd"

    made = picked(dbt, "dashboard_sales", columns, "period_start = '2020-10-02'")

    assert made == [(2, Decimal(12), 1, Decimal(8))]


@pytest.mark.parametrize(("most_cells", "grain"), GRAINS.items())
def test_time_is_as_fine_as_the_rows_of_a_page_allow(dbt: Dbt, most_cells: int, grain: str) -> None:
    of_albums = "price_band = '10.00 to 14.99'"

    dbt.build(
        *("--select", "dashboard_sales", "--exclude-resource-type", "test"),
        *("--vars", json.dumps({"dashboard_cells": most_cells})),
    )

    expected = zip(map(date.fromisoformat, PERIODS[grain]), decimals(*REVENUE[grain]), strict=True)
    assert picked(dbt, "dashboard_sales", "distinct grain") == [(grain,)]
    assert picked(dbt, "dashboard_sales", "period_start, revenue_usd", of_albums) == list(expected)
    sales = dbt.table("fct_sales").to_dicts()
    assert difference("dashboard_sales", dashboard_sales(sales, most_cells), dbt.table("dashboard_sales")) is None


def test_the_highest_of_all_and_of_each_filter_are_listed_and_ties_go_by_name(artists: Dbt) -> None:
    made = picked(artists, "dashboard_artists", "distinct artist_name")

    high = [f"High {n:02}" for n in range(49)]
    japan = [f"Japan {n:02}" for n in range(10)]
    assert [name for (name,) in made] == [*high, *japan, "Tie 0"]


def test_an_artist_who_is_listed_has_all_sales_listed(artists: Dbt) -> None:
    columns = "country, item_type_label, currency, sales, revenue_usd, overpaid_usd"

    made = picked(artists, "dashboard_artists", columns, "artist_name = 'Japan 00'")

    assert made == [
        ("Japan", "digital album", "USD", 1, *decimals("1", "0")),
        ("United States", "digital album", "USD", 1, *decimals("0.75", "0.25")),
    ]


@pytest.mark.long
def test_googles_engine_makes_the_same_rows(dbt: Dbt, artists: Dbt, googlesql: GoogleSqlDbt) -> None:
    dbt.build("--select", "dashboard_sales", "--exclude-resource-type", "test")  # not with fewer cells

    assert googlesql.differences(dbt) + googlesql.differences(artists) == []
