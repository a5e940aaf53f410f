"""The marts of incomes, worked out by hand: the Gini coefficient, the richest few, the Lorenz curve, ranks."""

from __future__ import annotations

from decimal import Decimal

import pytest
from dbt.contracts.graph.manifest import Manifest

from bandcamp_assets_tests.dbt_project.duckdb_dbt import Dbt
from bandcamp_assets_tests.dbt_project.googlesql_dbt import GoogleSqlDbt
from bandcamp_assets_tests.dbt_project.marts_expected_data import picked, warehouse
from bandcamp_assets_tests.dbt_project.marts_expected_numbers import Row, decimals
from bandcamp_assets_tests.dbt_project.sales import frame, sale

ONE, TWO = "//one.bandcamp.com/album/x", "//two.bandcamp.com/album/y"


def paid(name: str, usd: str, url: str, artist: str | None) -> Row:
    """A sale in US dollars at the asking price."""
    amounts = {"item_price": usd, "amount_paid": usd, "amount_paid_usd": usd}
    return sale(name, "2020-09-10T12:00:00", url=url, artist_name=artist, **amounts)


INCOMES = [
    paid("a", "1.00", TWO, "Ann"),
    paid("b", "1.00", TWO, "Bob"),
    paid("c", "1.00", TWO, "Cat"),
    paid("d1", "4.00", ONE, "Dan"),
    paid("d2", "1.00", TWO, "Dan"),
    paid("various1", "4.00", ONE, "Various Artists"),
    paid("various2", "4.00", TWO, "Various Artists"),
    paid("nameless", "0.00", ONE, None),
]


@pytest.fixture(scope="module")
def incomes(tmp_path_factory: pytest.TempPathFactory, manifest: Manifest) -> Dbt:
    """Artists with 1, 1, 1 and 5 USD, various artists with 8, and two hosts with 8 each."""
    marts = ("income_concentration", "income_lorenz", "artist_sales")
    return warehouse(tmp_path_factory.mktemp("incomes"), manifest, frame(INCOMES), *marts)


def test_incomes_are_as_unequal_as_worked_out_on_paper(incomes: Dbt) -> None:
    made = picked(incomes, "income_concentration", "population, earners, revenue_usd, average_income_usd, gini")

    # 1, 1, 1, 5, 8: differences 4 (3 times), 7 (3 times) and 3 are 36, by 5 earners and 16 USD.
    # 1, 1, 1, 5: differences 4 (3 times) are 12, by 4 earners and 8 USD.
    assert made == [
        ("artists", 5, *decimals("16.00", "3.20", "0.45")),
        ("artists without compilations", 4, *decimals("8.00", "2.00", "0.375")),
        ("sellers", 2, *decimals("16.00", "8.00", "0")),
    ]


def test_the_richest_percent_are_at_least_one_earner(incomes: Dbt) -> None:
    columns = (
        "population, top_1_percent_share, top_2_percent_share, top_5_percent_share, top_10_percent_share,"
        " top_50_percent_share"
    )

    made = picked(incomes, "income_concentration", columns)

    # Half of 5 earners are 3 of them: 8, 5 and 1 of 16.
    assert made == [
        ("artists", *decimals("0.5", "0.5", "0.5", "0.5", "0.875")),
        ("artists without compilations", *decimals("0.625", "0.625", "0.625", "0.625", "0.75")),
        ("sellers", *decimals("0.5", "0.5", "0.5", "0.5", "0.5")),
    ]


def test_percentiles_that_hold_nobody_have_no_row(incomes: Dbt) -> None:
    columns = "top_percent, earners, earners_in_all, revenue_usd, earners_up_to, revenue_usd_up_to, gini_part"

    made = picked(incomes, "income_shares", columns, "population = 'artists without compilations'")

    # Weights in the Gini coefficient from the poorest: -3, -1, 1, 3.
    assert made == [
        (1, 1, 4, Decimal(5), 1, *decimals("5", "15")),
        (26, 1, 4, Decimal(1), 2, *decimals("6", "1")),
        (51, 1, 4, Decimal(1), 3, *decimals("7", "-1")),
        (76, 1, 4, Decimal(1), 4, *decimals("8", "-3")),
    ]


def test_the_lorenz_curve_of_few_earners_rises_in_steps(incomes: Dbt) -> None:
    of_four = "population = 'artists without compilations'"
    steps = "poorest_percent in (0, 24, 25, 49, 50, 74, 75, 99, 100)"

    made = picked(
        incomes, "income_lorenz", "poorest_percent, earners, revenue_usd, revenue_share", f"{of_four} and {steps}"
    )

    assert picked(incomes, "income_lorenz", "count(*)", of_four) == [(101,)]
    assert made == [
        (0, 0, *decimals("0", "0")),
        (24, 0, *decimals("0", "0")),
        (25, 1, *decimals("1", "0.125")),
        (49, 1, *decimals("1", "0.125")),
        (50, 2, *decimals("2", "0.25")),
        (74, 2, *decimals("2", "0.25")),
        (75, 3, *decimals("3", "0.375")),
        (99, 3, *decimals("3", "0.375")),
        (100, 4, *decimals("8", "1")),
    ]


def test_artists_with_equal_revenue_are_ranked_by_name(incomes: Dbt) -> None:
    made = picked(incomes, "artist_sales", "revenue_rank, artist_name, sales, revenue_usd, distinct_items")

    assert made == [
        (1, "Various Artists", 2, Decimal("8.00"), 2),
        (2, "Dan", 2, Decimal("5.00"), 2),
        (3, "Ann", 1, Decimal("1.00"), 1),
        (4, "Bob", 1, Decimal("1.00"), 1),
        (5, "Cat", 1, Decimal("1.00"), 1),
        (6, None, 1, Decimal("0.00"), 1),
    ]


@pytest.mark.long
def test_googles_engine_makes_the_same_rows(incomes: Dbt, googlesql: GoogleSqlDbt) -> None:
    assert googlesql.differences(incomes) == []
