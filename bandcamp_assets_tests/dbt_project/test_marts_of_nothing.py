"""Marts of sales that brought nothing, and of no sales at all: no division by zero, and no test that fails."""

from __future__ import annotations

import pytest
from dbt.contracts.graph.manifest import Manifest

from bandcamp_assets_tests.dbt_project.duckdb_dbt import Dbt
from bandcamp_assets_tests.dbt_project.googlesql_dbt import GoogleSqlDbt
from bandcamp_assets_tests.dbt_project.marts_expected_data import EXPECTED, warehouse
from bandcamp_assets_tests.dbt_project.marts_expected_numbers import difference
from bandcamp_assets_tests.dbt_project.marts_expected_published import ARCHIVE
from bandcamp_assets_tests.dbt_project.sales import frame, sale

NOTHING_PAID = {"item_price": "0.00", "amount_paid": "0.00", "amount_paid_usd": "0.00"}


@pytest.fixture(scope="module")
def free(tmp_path_factory: pytest.TempPathFactory, manifest: Manifest) -> Dbt:
    """Two artists who give everything away, on a Bandcamp Friday and on a comparable day."""
    sales = [
        sale("friday", "2020-10-02T12:00:00", **NOTHING_PAID, source_file=ARCHIVE),
        sale("week_before", "2020-09-25T12:00:00", **NOTHING_PAID, source_file=ARCHIVE, artist_name="Other"),
    ]
    return warehouse(tmp_path_factory.mktemp("free"), manifest, frame(sales), tests=True)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory, manifest: Manifest) -> Dbt:
    return warehouse(tmp_path_factory.mktemp("empty"), manifest, frame([]), tests=True)


@pytest.mark.parametrize("mart", [mart for mart in EXPECTED if mart != "published_comparison"])
def test_shares_of_nothing_are_null(free: Dbt, mart: str) -> None:
    expected = EXPECTED[mart](free.table("fct_sales").to_dicts())

    made = free.table(mart)

    assert difference(mart, expected, made) is None


@pytest.mark.parametrize("mart", EXPECTED)
def test_no_sales_give_marts_without_figures(empty: Dbt, mart: str) -> None:
    expected = EXPECTED[mart]([])

    made = empty.table(mart)

    assert difference(mart, expected, made) is None


def test_incomes_of_nothing_have_no_gini_coefficient(free: Dbt) -> None:
    shares = "top_1_percent_share, top_50_percent_share"

    made = free.query(f"select earners, gini, {shares} from income_concentration where population = 'artists'")

    assert made == [(2, None, None, None)]


@pytest.mark.long
def test_googles_engine_makes_the_same_rows(free: Dbt, empty: Dbt, googlesql: GoogleSqlDbt) -> None:
    assert googlesql.differences(free) + googlesql.differences(empty) == []
