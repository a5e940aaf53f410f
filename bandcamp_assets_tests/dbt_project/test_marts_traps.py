"""Small amounts, missing addresses and odd names: where a mart once said something else than its description."""

from __future__ import annotations

from decimal import Decimal

import pytest
from dbt.contracts.graph.manifest import Manifest

from bandcamp_assets_tests.dbt_project.duckdb_dbt import Dbt
from bandcamp_assets_tests.dbt_project.googlesql_dbt import GoogleSqlDbt
from bandcamp_assets_tests.dbt_project.marts_expected_data import picked, warehouse
from bandcamp_assets_tests.dbt_project.marts_expected_numbers import Row
from bandcamp_assets_tests.dbt_project.marts_expected_published import ARCHIVE
from bandcamp_assets_tests.dbt_project.sales import frame, sale


def paid(name: str, amounts: str, **values: object) -> Row:
    """A sale of the archive's file for a price, the amount paid and what that is in US dollars."""
    price, amount, usd = amounts.split()
    amounts_paid = {"item_price": price, "amount_paid": amount, "amount_paid_usd": usd, "source_file": ARCHIVE}
    return sale(name, "2020-09-10T12:00:00", **amounts_paid, **values)


SALES = [
    paid("one forint more", "1000.00 1001.00 3.30", currency="HUF"),
    paid("one forint", "0.00 1.00 0.00", currency="HUF"),
    paid("album without address", "6000.00 6000.00 6000.00", url=None),
    paid("record without address", "1.00 1.00 1.00", url=None, item_type="p", item_description="CD"),
    paid("compilation", "5.00 5.00 5.00", artist_name="V.A"),
]
MARTS = (
    *("overpayment", "name_your_price_sales", "item_tail", "seller_kind_sales"),
    *("business_model_sensitivity", "income_concentration", "published_comparison"),
)


@pytest.fixture(scope="module")
def dbt(tmp_path_factory: pytest.TempPathFactory, manifest: Manifest) -> Dbt:
    return warehouse(tmp_path_factory.mktemp("traps"), manifest, frame(SALES), *MARTS)


def test_paying_a_forint_more_than_asked_is_paying_more_than_asked(dbt: Dbt) -> None:
    made = picked(dbt, "overpayment", "overpaid_sales", "segment = 'HUF'")

    assert made == [(1,)]


def test_paying_a_forint_for_what_may_cost_nothing_is_paying_something(dbt: Dbt) -> None:
    made = picked(dbt, "name_your_price_sales", "sales, paying_sales", "item_type_label = 'all'")

    assert made == [(1, 1)]


def test_items_without_an_address_count_as_one(dbt: Dbt) -> None:
    made = picked(dbt, "item_tail", "from_sales, distinct_items, sales")

    assert made == [(1, 3, 3), (2, 1, 2)]


def test_sales_without_an_address_are_no_host(dbt: Dbt) -> None:
    made = picked(dbt, "seller_kind_sales", "sellers, sales", "seller_kind = 'unknown'")

    assert made == [(0, 2)]


def test_sales_without_an_address_have_no_reduced_share(dbt: Dbt) -> None:
    terms = "digital_terms = 'reduced share for sellers past the limit' and not has_share_limit"

    made = picked(dbt, "business_model_sensitivity", "distinct bandcamp_usd", terms)

    # 15 % of 6,008.30 USD and 10 % of 1.00.
    assert made == [(Decimal("901.35"),)]


def test_a_compilation_is_known_by_its_short_name(dbt: Dbt) -> None:
    made = picked(dbt, "income_concentration", "earners", "population = 'artists without compilations'")

    assert made == [(1,)]


def test_figures_are_zero_where_the_archive_has_no_such_sales(dbt: Dbt) -> None:
    made = picked(dbt, "published_comparison", "our_value", "figure = 'revenue_usd_on_bandcamp_friday'")

    assert made == [(Decimal(0),)]


@pytest.mark.long
def test_googles_engine_makes_the_same_rows(dbt: Dbt, googlesql: GoogleSqlDbt) -> None:
    assert googlesql.differences(dbt) == []
