"""The marts of prices, worked out by hand: bands at their edges, payments for nothing, quantiles, ties."""

from __future__ import annotations

from decimal import Decimal

import pytest
from dbt.contracts.graph.manifest import Manifest

from bandcamp_assets_tests.dbt_project.duckdb_dbt import Dbt
from bandcamp_assets_tests.dbt_project.googlesql_dbt import GoogleSqlDbt
from bandcamp_assets_tests.dbt_project.marts_expected_data import picked, warehouse
from bandcamp_assets_tests.dbt_project.marts_expected_numbers import Row, decimals
from bandcamp_assets_tests.dbt_project.sales import frame, sale

TIME = "2020-09-10T12:00:00"
EDGES = (
    *("0.00", "0.99", "1.00", "1.99", "2.00", "4.99", "5.00", "6.99", "7.00", "9.99", "10.00", "14.99", "15.00"),
    *("19.99", "20.00", "29.99", "30.00", "49.99", "50.00", "99.99", "100.00", "100.01", "250.00", "1000.00"),
)
QUANTITIES = {"0.00": 4, "0.99": 2, "10.00": 3}
MERCH = {"item_type": "p", "slug_type": "p"}
TRACK = {"item_type": "t", "slug_type": "t"}
RECORD = {"item_type": "p", "slug_type": "a", "item_description": "CD", "country_code": "de", "country": "Germany"}


def paid(name: str, price: str, amount: str, usd: str | None, **values: object) -> Row:
    """A sale for a price, the amount paid and what that is in US dollars."""
    return sale(name, TIME, item_price=price, amount_paid=amount, amount_paid_usd=usd, **values)


FREE = [
    *(paid(f"album {usd}", "0.00", usd, usd) for usd in ("0.00", "1.00", "2.00", "3.00", "4.00")),
    *(paid(f"merch {n}", "0.00", usd, usd, **MERCH) for n, usd in enumerate(("5.00", "5.00", "5.00", "7.00"))),
    *(paid(f"track {n}", "0.00", "0.00", "0.00", **TRACK) for n in range(2)),
    paid("no rate", "0.00", "500.00", None, currency="ISK"),
]
PRICED = [
    *(paid(f"priced {usd}", "10.00", usd, usd) for usd in ("8.00", "10.00", "12.00", "14.00", "16.00", "18.00")),
    paid("pounds", "10.00", "10.00", "13.00", currency="GBP"),
    paid("euros", "3.00", "10.00", "12.00", currency="EUR", **RECORD),
]


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory, manifest: Manifest) -> Dbt:
    """Orders of 24 sizes, and one of which nobody knows the size."""
    known = [paid(usd, usd, usd, usd, quantity=QUANTITIES.get(usd, 1)) for usd in EDGES]
    sales = [*known, paid("no rate", "500.00", "500.00", None, currency="ISK")]
    marts = ("order_sizes", "quantity_sales", "price_points")
    return warehouse(tmp_path_factory.mktemp("orders"), manifest, frame(sales), *marts)


@pytest.fixture(scope="module")
def prices(tmp_path_factory: pytest.TempPathFactory, manifest: Manifest) -> Dbt:
    marts = ("name_your_price_sales", "overpayment", "price_points")
    return warehouse(tmp_path_factory.mktemp("prices"), manifest, frame([*FREE, *PRICED]), *marts)


def test_bands_begin_at_their_lower_bound_and_end_a_cent_before_the_next(orders: Dbt) -> None:
    columns = "from_usd, amount_band, sales, revenue_usd, sales_share, cumulative_sales_share"

    made = picked(orders, "order_sizes", columns)

    assert made == [
        (0, "under 1", 2, *decimals("0.99", "0.08", "0.08")),
        (1, "1.00 to 1.99", 2, *decimals("2.99", "0.08", "0.16")),
        (2, "2.00 to 4.99", 2, *decimals("6.99", "0.08", "0.24")),
        (5, "5.00 to 6.99", 2, *decimals("11.99", "0.08", "0.32")),
        (7, "7.00 to 9.99", 2, *decimals("16.99", "0.08", "0.40")),
        (10, "10.00 to 14.99", 2, *decimals("24.99", "0.08", "0.48")),
        (15, "15.00 to 19.99", 2, *decimals("34.99", "0.08", "0.56")),
        (20, "20.00 to 29.99", 2, *decimals("49.99", "0.08", "0.64")),
        (30, "30.00 to 49.99", 2, *decimals("79.99", "0.08", "0.72")),
        (50, "50.00 to 99.99", 2, *decimals("149.99", "0.08", "0.80")),
        (100, "100 and more", 4, *decimals("1450.01", "0.16", "0.96")),
        (None, "unknown", 1, *decimals("0.00", "0.04", "1")),
    ]


def test_a_band_has_its_share_of_the_revenue_that_is_known(orders: Dbt) -> None:
    made = picked(orders, "order_sizes", "revenue_share", "amount_band in ('100 and more', 'unknown')")

    # 1450.01 of 1829.91.
    assert made == [(Decimal(0),), (Decimal("0.792394"),)]


def test_quantities_have_an_average_a_sale_and_an_average_an_item(orders: Dbt) -> None:
    columns = "quantity, sales, items, revenue_usd, average_sale_usd, average_item_usd"

    made = picked(orders, "quantity_sales", columns)

    assert made == [
        (1, 22, 22, *decimals("1818.92", "82.68", "82.68")),
        (2, 1, 2, *decimals("0.99", "0.99", "0.50")),
        (3, 1, 3, *decimals("10.00", "10.00", "3.33")),
        (4, 1, 4, *decimals("0.00", "0.00", "0.00")),
    ]


def test_a_price_for_several_items_is_no_price_point_and_equal_ranks_go_by_price(orders: Dbt) -> None:
    made = picked(orders, "price_points", "sales_rank, item_price", "currency = 'USD'")

    single = [Decimal(usd) for usd in EDGES if usd not in QUANTITIES]
    assert made == list(enumerate(single, start=1))


def test_price_points_are_ranked_within_their_currency(prices: Dbt) -> None:
    columns = (
        "currency, item_price, sales, revenue_usd, overpaid_usd, overpaid_sales, overpaid_sales_share, sales_rank"
    )

    made = picked(prices, "price_points", columns)

    assert made == [
        ("EUR", Decimal("3.00"), 1, *decimals("12.00", "8.40"), 1, Decimal(1), 1),
        ("GBP", Decimal("10.00"), 1, *decimals("13.00", "0.00"), 0, Decimal(0), 1),
        ("ISK", Decimal("0.00"), 1, *decimals("0.00", "0.00"), 1, Decimal(1), 1),
        ("USD", Decimal("0.00"), 11, *decimals("32.00", "32.00"), 8, Decimal("0.727273"), 1),
        ("USD", Decimal("10.00"), 6, *decimals("78.00", "18.00"), 4, Decimal("0.666667"), 2),
    ]


def test_payments_for_what_may_cost_nothing_have_quantiles_of_those_that_paid(prices: Dbt) -> None:
    columns = (
        "item_type_label, sales, paying_sales, paying_sales_share, revenue_usd, paid_usd_average, paid_usd_p10,"
        " paid_usd_p25, paid_usd_median, paid_usd_p75, paid_usd_p90, paid_usd_p99, paid_usd_max"
    )

    made = picked(prices, "name_your_price_sales", columns)

    assert made == [
        ("all", 11, 8, *decimals("0.727273", "32.00", "4.00", "1", "2", "4", "5", "7", "7", "7")),
        ("digital album", 5, 4, *decimals("0.8", "10.00", "2.50", "1", "1", "2", "3", "4", "4", "4")),
        ("digital track", 2, 0, *decimals("0", "0.00"), *[None] * 8),
        ("merch", 4, 4, *decimals("1", "22.00", "5.50", "5", "5", "5", "5", "7", "7", "7")),
    ]


def test_what_was_paid_beyond_the_price_is_not_lessened_by_who_paid_below_it(prices: Dbt) -> None:
    columns = "breakdown, segment, sales, overpaid_sales, revenue_usd, overpaid_usd, overpaid_revenue_share"

    made = picked(prices, "overpayment", columns, "breakdown not in ('country', 'item type')")

    assert made == [
        ("all", "all", 8, 5, *decimals("103.00", "28.40", "0.275728")),
        ("currency", "EUR", 1, 1, *decimals("12.00", "8.40", "0.7")),
        ("currency", "GBP", 1, 0, *decimals("13.00", "0.00", "0")),
        ("currency", "USD", 6, 4, *decimals("78.00", "20.00", "0.256410")),
        ("format", "CD", 1, 1, *decimals("12.00", "8.40", "0.7")),
        ("format", "digital", 7, 4, *decimals("91.00", "20.00", "0.219780")),
        ("price band", "10.00 to 14.99", 7, 4, *decimals("91.00", "20.00", "0.219780")),
        ("price band", "2.00 to 4.99", 1, 1, *decimals("12.00", "8.40", "0.7")),
    ]


def test_quantiles_of_overpayment_are_amounts_that_were_really_paid(prices: Dbt) -> None:
    columns = (
        "segment, overpaid_sales_share, overpaid_usd_p25, overpaid_usd_median, overpaid_usd_p75, overpaid_usd_p90,"
        " overpaid_usd_p99, paid_to_price_median, paid_to_price_p90"
    )

    made = picked(prices, "overpayment", columns, "breakdown in ('all', 'currency')")

    # Above the price: 2, 4, 6, 8 of 10 US dollars, and 8.40 of 3.60.
    assert made == [
        ("EUR", *decimals("1", "8.40", "8.40", "8.40", "8.40", "8.40", "3.333333", "3.333333")),
        ("GBP", Decimal(0), *[None] * 7),
        ("USD", *decimals("0.666667", "2", "4", "6", "8", "8", "1.4", "1.8")),
        ("all", *decimals("0.625", "4", "6", "8", "8.40", "8.40", "1.6", "3.333333")),
    ]


@pytest.mark.long
def test_googles_engine_makes_the_same_rows(orders: Dbt, prices: Dbt, googlesql: GoogleSqlDbt) -> None:
    assert googlesql.differences(orders) + googlesql.differences(prices) == []
