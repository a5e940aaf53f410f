"""The marts of the business, worked out by hand: rates, halves of cents, Bandcamp Fridays, streams."""

from __future__ import annotations

from decimal import Decimal

import pytest
from dbt.contracts.graph.manifest import Manifest

from bandcamp_assets_tests.dbt_project.duckdb_dbt import Dbt
from bandcamp_assets_tests.dbt_project.marts_expected_data import picked, warehouse
from bandcamp_assets_tests.dbt_project.marts_expected_numbers import decimals
from bandcamp_assets_tests.dbt_project.sales import frame, sale

OTHER_DAY = "2020-09-10T12:00:00"
FRIDAY = "2020-10-02T12:00:00"
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
        ("discography", False, False, digital, fee, 1),
        ("merch", False, True, physical, fee, 1),
        ("merch", True, True, nothing, fee, 1),
        ("physical album", False, True, physical, fee, 1),
        ("physical track", False, True, physical, fee, 1),
    ]


def test_halves_of_cents_go_up_and_the_seller_gets_the_rest(dbt: Dbt) -> None:
    parts = "revenue_usd, bandcamp_usd, payment_fees_usd, seller_usd, seller_share"

    made = picked(dbt, "business_model", f"item_type_label, is_bandcamp_friday, {parts}")

    # 15 % of 0.10 is 1.5 cents, 10 % of 0.25 is 2.5 cents, 5.5 % of 4001 USD ends in 5.5 cents.
    assert made == [
        ("digital album", False, *decimals("0.10", "0.02", "0.01", "0.07", "0.7")),
        ("digital album", True, *decimals("2.00", "0.00", "0.11", "1.89", "0.945")),
        ("digital track", False, *decimals("4001.00", "600.15", "220.06", "3180.79", "0.794999")),
        ("digital track", True, *decimals("400.00", "0.00", "22.00", "378.00", "0.945")),
        ("discography", False, *decimals("4999.99", "750.00", "275.00", "3974.99", "0.795")),
        ("merch", False, *decimals("600.00", "60.00", "33.00", "507.00", "0.845")),
        ("merch", True, *decimals("10.00", "0.00", "0.55", "9.45", "0.945")),
        ("physical album", False, *decimals("0.25", "0.03", "0.01", "0.21", "0.84")),
        ("physical track", False, *decimals("0.00", "0.00", "0.00", "0.00"), None),
    ]


def test_only_hosts_that_reach_the_limit_get_the_reduced_share_and_only_of_what_is_digital(dbt: Dbt) -> None:
    made = picked(
        dbt,
        "business_model_sensitivity",
        "digital_terms, waives_fridays, bandcamp_usd, bandcamp_share",
        "payment_fee_rate = 0.055",
    )

    # Of 10,013.34 USD are 9,403.09 digital, 402.00 of it on a Friday; the big host has 4,400.00 and 400.00.
    # 610.25 are physical, 10.00 on a Friday. Each part is rounded by itself.
    assert made == [
        ("full share for all", False, *decimals("1471.49", "0.146953")),
        ("full share for all", True, *decimals("1410.19", "0.140831")),
        ("reduced share for all", False, *decimals("1001.34", "0.100001")),
        ("reduced share for all", True, *decimals("960.14", "0.095886")),
        ("reduced share for sellers past the limit", False, *decimals("1251.49", "0.124982")),
        ("reduced share for sellers past the limit", True, *decimals("1210.19", "0.120858")),
    ]


def test_payment_fees_come_off_as_assumed(dbt: Dbt) -> None:
    made = picked(
        dbt,
        "business_model_sensitivity",
        "payment_fee_rate, revenue_usd, bandcamp_usd, payment_fees_usd, seller_usd, seller_share",
        "digital_terms = 'full share for all' and waives_fridays",
    )

    assert made == [
        tuple(decimals("0.04", "10013.34", "1410.19", "400.53", "8202.62", "0.819169")),
        tuple(decimals("0.055", "10013.34", "1410.19", "550.73", "8052.42", "0.804169")),
        tuple(decimals("0.07", "10013.34", "1410.19", "700.93", "7902.22", "0.789169")),
    ]


def test_streams_pay_what_is_left_of_an_average_sale(dbt: Dbt) -> None:
    columns = (
        "item_type_label, payout_usd_per_1000_streams, sales, seller_usd, seller_usd_per_sale, streams_per_sale"
    )
    chosen = "item_type_label in ('all', 'digital album', 'digital track', 'physical track')"

    made = picked(dbt, "streaming_comparison", columns, f"{chosen} and payout_usd_per_1000_streams in (3, 10)")

    three, ten = Decimal(3), Decimal(10)
    assert made == [
        ("all", three, 10, *decimals("8052.40", "805.24", "268413.333333")),
        ("all", ten, 10, *decimals("8052.40", "805.24", "80524")),
        ("digital album", three, 2, *decimals("1.96", "0.98", "326.666667")),
        ("digital album", ten, 2, *decimals("1.96", "0.98", "98")),
        ("digital track", three, 3, *decimals("3558.79", "1186.26", "395421.111111")),
        ("digital track", ten, 3, *decimals("3558.79", "1186.26", "118626.333333")),
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
