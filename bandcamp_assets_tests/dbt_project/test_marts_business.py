"""The marts of the business, worked out by hand: rates, halves of cents, Bandcamp Fridays, streams."""

from __future__ import annotations

from decimal import Decimal

import pytest
from dbt.contracts.graph.manifest import Manifest

from bandcamp_assets_tests.dbt_project.duckdb_dbt import Dbt
from bandcamp_assets_tests.dbt_project.googlesql_dbt import GoogleSqlDbt
from bandcamp_assets_tests.dbt_project.marts_expected_data import picked, warehouse
from bandcamp_assets_tests.dbt_project.marts_expected_numbers import decimals
from bandcamp_assets_tests.dbt_project.sales import frame, sale

OTHER_DAY = "2020-09-10T12:00:00"
FRIDAY = "2020-10-02T12:00:00"
UNKNOWN_FRIDAY = "2023-05-05T12:00:00"
BIG, ALMOST, SMALL = "//big.bandcamp.com/x", "https://almost.example.com/x", "//small.bandcamp.com/x"

ALBUM = {"item_type": "a", "slug_type": "a"}
TRACK = {"item_type": "t", "slug_type": "t"}
RECORD = {"item_type": "p", "slug_type": "a"}
SINGLE = {"item_type": "p", "slug_type": "t"}
MERCH = {"item_type": "p", "slug_type": "p"}
BUNDLE = {"item_type": "b", "slug_type": None}

SALES = [
    # The big host reaches 5,000.00 USD exactly, counting what it ships; the other one lacks a cent.
    ("4000.00", OTHER_DAY, BIG, TRACK),
    ("400.00", FRIDAY, BIG, TRACK),
    ("600.00", OTHER_DAY, BIG, MERCH),
    ("4999.99", OTHER_DAY, ALMOST, BUNDLE),
    ("1.00", OTHER_DAY, SMALL, TRACK),
    ("0.10", OTHER_DAY, SMALL, ALBUM),
    ("2.00", FRIDAY, SMALL, ALBUM),
    ("0.25", OTHER_DAY, SMALL, RECORD),
    ("10.00", FRIDAY, SMALL, MERCH),
    ("0.00", OTHER_DAY, SMALL, SINGLE),
    ("50.00", UNKNOWN_FRIDAY, SMALL, TRACK),
]


@pytest.fixture(scope="module")
def dbt(tmp_path_factory: pytest.TempPathFactory, manifest: Manifest) -> Dbt:
    sales = [
        sale(f"{number}", time, url=url, item_price=usd, amount_paid=usd, amount_paid_usd=usd, **item)
        for number, (usd, time, url, item) in enumerate(SALES)
    ]
    marts = ("business_model_sensitivity", "streaming_comparison")
    return warehouse(tmp_path_factory.mktemp("business"), manifest, frame(sales), *marts)


def test_bandcamp_takes_its_share_by_kind_and_nothing_on_its_fridays(dbt: Dbt) -> None:
    columns = "item_type_label, is_bandcamp_friday, is_physical, bandcamp_share_rate, payment_fee_rate, sales"

    made = picked(dbt, "business_model", columns)

    digital, physical, nothing, fee = decimals("0.15", "0.10", "0", "0.055")
    assert made == [
        ("digital album", False, False, digital, fee, 1),
        ("digital album", True, False, nothing, fee, 1),
        ("digital track", False, False, digital, fee, 2),
        ("digital track", True, False, nothing, fee, 1),
        ("digital track", None, False, digital, fee, 1),
        ("discography", False, False, digital, fee, 1),
        ("merch", False, True, physical, fee, 1),
        ("merch", True, True, nothing, fee, 1),
        ("physical album", False, True, physical, fee, 1),
        ("physical track", False, True, physical, fee, 1),
    ]


def test_the_share_is_taken_of_the_first_100_dollars_of_each_sale(dbt: Dbt) -> None:
    made = picked(dbt, "business_model", "item_type_label, is_bandcamp_friday, charged_usd, bandcamp_usd")

    # 100 of 4,000 USD and the whole of 1 USD; nothing on a Friday; as on any day where that is not known.
    assert [row for row in made if row[0] == "digital track"] == [
        ("digital track", False, *decimals("101.00", "15.15")),
        ("digital track", True, *decimals("0.00", "0.00")),
        ("digital track", None, *decimals("50.00", "7.50")),
    ]


def test_halves_of_cents_go_up_and_the_seller_gets_the_rest(dbt: Dbt) -> None:
    parts = "revenue_usd, bandcamp_usd, payment_fees_usd, seller_usd, seller_share"

    made = picked(dbt, "business_model", f"item_type_label, is_bandcamp_friday, {parts}")

    # 15 % of 0.10 is 1.5 cents, 10 % of 0.25 is 2.5 cents, 5.5 % of 4001 USD ends in 5.5 cents.
    assert made == [
        ("digital album", False, *decimals("0.10", "0.02", "0.01", "0.07", "0.7")),
        ("digital album", True, *decimals("2.00", "0.00", "0.11", "1.89", "0.945")),
        ("digital track", False, *decimals("4001.00", "15.15", "220.06", "3765.79", "0.941212")),
        ("digital track", True, *decimals("400.00", "0.00", "22.00", "378.00", "0.945")),
        ("digital track", None, *decimals("50.00", "7.50", "2.75", "39.75", "0.795")),
        ("discography", False, *decimals("4999.99", "15.00", "275.00", "4709.99", "0.942")),
        ("merch", False, *decimals("600.00", "10.00", "33.00", "557.00", "0.928333")),
        ("merch", True, *decimals("10.00", "0.00", "0.55", "9.45", "0.945")),
        ("physical album", False, *decimals("0.25", "0.03", "0.01", "0.21", "0.84")),
        ("physical track", False, *decimals("0.00", "0.00", "0.00", "0.00"), None),
    ]


def test_only_hosts_that_reach_the_limit_get_the_reduced_share_and_only_of_what_is_digital(dbt: Dbt) -> None:
    made = picked(
        dbt,
        "business_model_sensitivity",
        "digital_terms, waived_days, bandcamp_usd, bandcamp_share",
        "payment_fee_rate = 0.055 and not has_share_limit",
    )

    # Of 10,063.34 USD are 9,453.09 digital, 402.00 of it on a Friday and 50.00 on one that is not known; the big
    # host has 4,400.00 and 400.00. 610.25 are physical, 10.00 on a Friday. Each part is rounded by itself.
    full, reduced, past = (
        "full share for all",
        "reduced share for all",
        "reduced share for sellers past the limit",
    )
    none, fridays, unknown = "none", "Bandcamp Fridays", "Bandcamp Fridays and Fridays not known"
    assert made == [
        (full, fridays, *decimals("1417.69", "0.140877")),
        (full, unknown, *decimals("1410.19", "0.140131")),
        (full, none, *decimals("1478.99", "0.146968")),
        (reduced, fridays, *decimals("965.14", "0.095907")),
        (reduced, unknown, *decimals("960.14", "0.09541")),
        (reduced, none, *decimals("1006.34", "0.100001")),
        (past, fridays, *decimals("1217.69", "0.121003")),
        (past, unknown, *decimals("1210.19", "0.120257")),
        (past, none, *decimals("1258.99", "0.125107")),
    ]


def test_with_a_limit_large_sales_count_only_in_part(dbt: Dbt) -> None:
    made = picked(
        dbt,
        "business_model_sensitivity",
        "waived_days, bandcamp_usd",
        "payment_fee_rate = 0.055 and has_share_limit and digital_terms = 'full share for all'",
    )

    # The first 100 USD of each sale are 353.10 USD of digital items and 110.25 of physical ones.
    assert made == [
        ("Bandcamp Fridays", Decimal("47.70")),
        ("Bandcamp Fridays and Fridays not known", Decimal("40.20")),
        ("none", Decimal("64.00")),
    ]


def test_payment_fees_come_off_as_assumed(dbt: Dbt) -> None:
    made = picked(
        dbt,
        "business_model_sensitivity",
        "payment_fee_rate, revenue_usd, bandcamp_usd, payment_fees_usd, seller_usd, seller_share",
        "digital_terms = 'full share for all' and waived_days = 'Bandcamp Fridays' and has_share_limit",
    )

    assert made == [
        tuple(decimals("0.04", "10063.34", "47.70", "402.53", "9613.11", "0.955260")),
        tuple(decimals("0.055", "10063.34", "47.70", "553.48", "9462.16", "0.94026")),
        tuple(decimals("0.07", "10063.34", "47.70", "704.43", "9311.21", "0.925260")),
    ]


def test_streams_pay_what_is_left_of_an_average_sale(dbt: Dbt) -> None:
    columns = (
        "item_type_label, payout_usd_per_1000_streams, sales, seller_usd, seller_usd_per_sale, streams_per_sale"
    )
    chosen = "item_type_label in ('all', 'digital album', 'digital track', 'physical track')"

    made = picked(dbt, "streaming_comparison", columns, f"{chosen} and payout_usd_per_1000_streams in (3, 10)")

    three, ten = Decimal(3), Decimal(10)
    assert made == [
        ("all", three, 11, *decimals("9462.15", "860.20", "286731.818182")),
        ("all", ten, 11, *decimals("9462.15", "860.20", "86019.545455")),
        ("digital album", three, 2, *decimals("1.96", "0.98", "326.666667")),
        ("digital album", ten, 2, *decimals("1.96", "0.98", "98")),
        ("digital track", three, 4, *decimals("4183.54", "1045.89", "348628.333333")),
        ("digital track", ten, 4, *decimals("4183.54", "1045.89", "104588.5")),
        ("physical track", three, 1, *decimals("0.00", "0.00", "0")),
        ("physical track", ten, 1, *decimals("0.00", "0.00", "0")),
    ]


def test_every_assumed_payout_is_compared_for_every_kind(dbt: Dbt) -> None:
    made = picked(
        dbt,
        "streaming_comparison",
        "item_type_label, count(distinct payout_usd_per_1000_streams)",
        "true group by 1",
    )

    kinds = ("all", "digital album", "digital track", "discography", "merch", "physical album", "physical track")
    assert made == [(kind, 5) for kind in kinds]


@pytest.mark.long
def test_googles_engine_makes_the_same_rows(dbt: Dbt, googlesql: GoogleSqlDbt) -> None:
    assert googlesql.differences(dbt) == []
