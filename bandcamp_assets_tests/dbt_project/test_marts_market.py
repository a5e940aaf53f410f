"""The marts of the market, worked out by hand: formats read from descriptions, countries, currencies, kinds."""

from __future__ import annotations

from decimal import Decimal

import pytest
from dbt.contracts.graph.manifest import Manifest

from bandcamp_assets_tests.dbt_project.duckdb_dbt import Dbt
from bandcamp_assets_tests.dbt_project.googlesql_dbt import GoogleSqlDbt
from bandcamp_assets_tests.dbt_project.marts_expected_data import picked, warehouse
from bandcamp_assets_tests.dbt_project.marts_expected_numbers import Row, decimals
from bandcamp_assets_tests.dbt_project.sales import NAME, frame, sale

FORMATS = {
    # Item type, slug type and description.
    "vinyl": [
        ("p", "a", '7"'),
        ("p", "a", "LP"),
        ("p", "a", "Gatefold 2xLP, black"),
        ("p", "t", "12 inch single"),
        ("p", "a", "Limited Vinyl"),
    ],
    "CD": [
        ("p", "a", "Digipak CD"),
        ("p", "a", "Compact Disc + digital album"),
        ("p", "a", "2CD"),
        ("p", "p", "CD-R"),
    ],
    "cassette": [("p", "a", "Ltd. Cassette"), ("p", "a", "TAPE"), ("p", "a", "K7")],
    "merch": [
        ("p", "p", "T-Shirt/Apparel"),
        ("p", "a", "Pullover Hoodie"),
        ("p", "p", "Tote Bag"),
        ("p", "p", "Poster"),
    ],
    "bundle": [
        ("p", "a", "LP + T-Shirt bundle"),
        ("p", "a", "Limited Edition Double CD and Black Long Sleeved Shirt"),
        ("p", "a", "Vinyl + CD"),
        ("p", "p", "Everything Bundle"),
        ("p", "a", "Cassette & Tote"),
    ],
    "other physical": [("p", "a", "ACDC songbook, 27 pages"), ("p", "t", None)],
    "digital": [("a", "a", "The LP"), ("b", None, "Bundle of everything on CD")],
}
TIME = "2020-09-10T12:00:00"


def paid(name: str, currency: str, amounts: str, code: str | None, country: str | None, **values: object) -> Row:
    """A sale for a price, the amount paid and what that is in US dollars, to somebody in a country."""
    price, amount, usd = (None if text == "-" else text for text in amounts.split())
    amounts_paid = {"item_price": price, "amount_paid": amount, "amount_paid_usd": usd}
    return sale(name, TIME, currency=currency, country_code=code, country=country, **amounts_paid, **values)


SALES = [
    paid("germany", "EUR", "10.00 12.00 14.16", "de", "Germany"),
    paid("france", "EUR", "5.00 5.00 5.90", "fr", "France"),
    paid("japan", "JPY", "1500.00 2000.00 18.87", "jp", "Japan"),
    paid("estimated", "GBP", "3.00 3.00 -", "gb", "United Kingdom"),
    paid("nowhere", "GBP", "2.00 2.00 2.60", None, None, artist_name=None),
    paid("no_rate", "ISK", "600.00 600.00 -", "is", "Iceland"),
    paid("shirts", "USD", "0.00 1.00 1.00", "de", "Germany", item_type="p", slug_type="p", quantity=2),
    paid("kosovo", "USD", "5.90 5.90 5.90", "xk", "Kosovo"),
]


@pytest.fixture(scope="module")
def formats(tmp_path_factory: pytest.TempPathFactory, manifest: Manifest) -> Dbt:
    items = [(name, *item) for name, described in FORMATS.items() for item in described]
    sales = [
        sale(f"{number} {name}", TIME, item_type=kind, slug_type=slug, item_description=text)
        for number, (name, kind, slug, text) in enumerate(items)
    ]
    return warehouse(tmp_path_factory.mktemp("formats"), manifest, frame(sales), "format_sales")


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory, manifest: Manifest) -> Dbt:
    marts = ("country_sales", "currency_sales", "item_type_sales")
    return warehouse(tmp_path_factory.mktemp("market"), manifest, frame(SALES), *marts)


def test_each_description_is_read_as_the_format_that_a_person_reads(formats: Dbt) -> None:
    made = picked(formats, "fct_sales", f"{NAME}, item_format")

    assert [(name, name.split(" ", 1)[1]) for name, _ in made] == made


def test_formats_share_the_sales_and_revenue(formats: Dbt) -> None:
    made = picked(
        formats, "format_sales", "item_format, is_physical, sales, revenue_usd, sales_share, revenue_share"
    )

    # 25 sales at 10 USD.
    assert made == [
        ("CD", True, 4, *decimals("40.00", "0.16", "0.16")),
        ("bundle", True, 5, *decimals("50.00", "0.2", "0.2")),
        ("cassette", True, 3, *decimals("30.00", "0.12", "0.12")),
        ("digital", False, 2, *decimals("20.00", "0.08", "0.08")),
        ("merch", True, 4, *decimals("40.00", "0.16", "0.16")),
        ("other physical", True, 2, *decimals("20.00", "0.08", "0.08")),
        ("vinyl", True, 5, *decimals("50.00", "0.2", "0.2")),
    ]


def test_currencies_are_added_up_each_by_itself_and_compared_in_dollars(market: Dbt) -> None:
    columns = (
        "currency, sales, amount_paid, revenue_usd, asking_usd, overpaid_usd, average_sale_usd, revenue_share"
    )

    made = picked(market, "currency_sales", columns)

    # 52.33 USD in all: 14.16 + 5.90, 3.90 + 2.60, 18.87, and 1.00 + 5.90.
    assert made == [
        ("EUR", 2, *decimals("17.00", "20.06", "17.70", "2.36", "10.03", "0.383337")),
        ("GBP", 2, *decimals("5.00", "6.50", "6.50", "0.00", "3.25", "0.124212")),
        ("ISK", 1, *decimals("600.00", "0.00", "0.00", "0.00", "0.00", "0.000000")),
        ("JPY", 1, *decimals("2000.00", "18.87", "14.15", "4.72", "18.87", "0.360596")),
        ("USD", 2, *decimals("6.90", "6.90", "5.90", "1.00", "3.45", "0.131856")),
    ]


def test_currencies_tell_how_many_amounts_are_estimates(market: Dbt) -> None:
    columns = "currency, overpaid_sales, name_your_price_sales, countries, estimated_sales"

    made = picked(market, "currency_sales", columns)

    assert made == [
        ("EUR", 1, 0, 2, 0),
        ("GBP", 0, 0, 2, 1),
        ("ISK", 0, 0, 1, 1),
        ("JPY", 1, 0, 1, 0),
        ("USD", 1, 1, 2, 0),
    ]


def test_countries_are_ranked_by_revenue_and_ties_by_name(market: Dbt) -> None:
    columns = (
        "revenue_rank, country, country_code, country_code_alpha_3, country_code_numeric, revenue_usd, artists"
    )

    made = picked(market, "country_sales", columns)

    assert made == [
        (1, "Japan", "JP", "JPN", "392", Decimal("18.87"), 1),
        (2, "Germany", "DE", "DEU", "276", Decimal("15.16"), 1),
        (3, "France", "FR", "FRA", "250", Decimal("5.90"), 1),
        (4, "Kosovo", "XK", "XKX", None, Decimal("5.90"), 1),
        (5, "United Kingdom", "GB", "GBR", "826", Decimal("3.90"), 1),
        (6, "Unknown", None, None, None, Decimal("2.60"), 0),
        (7, "Iceland", "IS", "ISL", "352", Decimal("0.00"), 1),
    ]


def test_several_items_in_one_payment_are_one_sale(market: Dbt) -> None:
    columns = "item_type_label, item_type, is_physical, sales, items, revenue_usd, physical_sales"

    made = picked(market, "item_type_sales", columns)

    assert made == [
        ("digital album", "a", False, 7, 7, Decimal("51.33"), 0),
        ("merch", "p", True, 1, 2, Decimal("1.00"), 1),
    ]


@pytest.mark.long
def test_googles_engine_makes_the_same_rows(formats: Dbt, market: Dbt, googlesql: GoogleSqlDbt) -> None:
    assert googlesql.differences(formats) + googlesql.differences(market) == []
