"""The marts of time, worked out by hand: Pacific midnight, clocks that change, days that can be compared."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from dbt.contracts.graph.manifest import Manifest

from bandcamp_assets_tests.dbt_project.duckdb_dbt import Dbt
from bandcamp_assets_tests.dbt_project.googlesql_dbt import GoogleSqlDbt
from bandcamp_assets_tests.dbt_project.marts_expected_data import picked, warehouse
from bandcamp_assets_tests.dbt_project.marts_expected_numbers import decimals
from bandcamp_assets_tests.dbt_project.sales import frame, sale

FRIDAY = date(2020, 10, 2)
WINTER_FRIDAY = date(2020, 12, 4)

PAID = {
    # Midnight in California is 7 o'clock UTC in summer, and 8 o'clock in winter.
    "2020-10-02T06:59:59": "1.00",
    "2020-10-02T07:00:00": "2.00",
    "2020-10-03T06:59:59": "4.00",
    "2020-10-03T07:00:00": "8.00",
    "2020-12-04T07:59:59": "16.00",
    "2020-12-04T08:00:00": "32.00",
    "2020-12-05T07:59:59": "64.00",
    # The first and the last hour of a Friday a week before, and an hour that the Friday has no sales in.
    "2020-09-25T07:10:00": "1.00",
    "2020-09-25T19:10:00": "100.00",
    "2020-09-26T06:10:00": "2.00",
    # The same hours of a Saturday.
    "2020-10-10T07:10:00": "1.00",
    "2020-10-10T07:20:00": "1.00",
    "2020-10-11T06:10:00": "1.00",
    # A Sunday with the first hour only.
    "2020-10-11T07:10:00": "50.00",
    # Four weeks after, and a day more.
    "2020-10-30T07:10:00": "3.00",
    "2020-10-31T06:10:00": "3.00",
    "2020-10-31T07:10:00": "9.00",
    "2020-11-01T06:10:00": "9.00",
    # Another Bandcamp Friday, four weeks before.
    "2020-09-04T07:10:00": "500.00",
    "2020-09-05T06:10:00": "500.00",
    # One o'clock at night in daylight saving time, in standard time, and two o'clock.
    "2020-11-01T08:30:00": "1.00",
    "2020-11-01T09:30:00": "2.00",
    "2020-11-01T10:30:00": "4.00",
    # One o'clock at night, and the hour after it, which is three o'clock.
    "2021-03-14T09:30:00": "1.00",
    "2021-03-14T10:30:00": "2.00",
    # Three Mondays and two Tuesdays.
    "2021-01-04T12:00:00": "10.00",
    "2021-01-11T12:59:59": "5.00",
    "2021-01-18T03:00:00": "0.01",
    "2021-01-05T00:00:00": "0.01",
    "2021-01-12T23:59:59": "1.00",
}


@pytest.fixture(scope="module")
def dbt(tmp_path_factory: pytest.TempPathFactory, manifest: Manifest) -> Dbt:
    sales = [
        sale(time, time, item_price=paid, amount_paid=paid, amount_paid_usd=paid) for time, paid in PAID.items()
    ]
    marts = ("weekly_sales", "hour_of_week_sales", "bandcamp_friday_effect")
    return warehouse(tmp_path_factory.mktemp("time"), manifest, frame(sales), *marts)


def test_a_day_holds_only_the_part_of_a_bandcamp_friday_that_lies_in_it(dbt: Dbt) -> None:
    columns = "sale_date, is_bandcamp_friday, revenue_usd, bandcamp_friday_revenue_usd"

    made = picked(
        dbt, "daily_sales", columns, "month(sale_date) = 12 or sale_date in ('2020-10-02', '2020-10-03')"
    )

    assert made == [
        (date(2020, 10, 2), True, Decimal("3.00"), Decimal("2.00")),
        (date(2020, 10, 3), False, Decimal("12.00"), Decimal("4.00")),
        (date(2020, 12, 4), True, Decimal("48.00"), Decimal("32.00")),
        (date(2020, 12, 5), False, Decimal("64.00"), Decimal("64.00")),
    ]


def test_a_week_holds_the_whole_bandcamp_friday(dbt: Dbt) -> None:
    columns = "week_start, iso_week, days_with_sales, sales, revenue_usd, bandcamp_friday_revenue_usd"

    made = picked(dbt, "weekly_sales", columns, "bandcamp_friday_revenue_usd > 0")

    assert made == [
        (date(2020, 8, 31), 36, 2, 2, Decimal("1000.00"), Decimal("1000.00")),
        (date(2020, 9, 28), 40, 2, 4, Decimal("15.00"), Decimal("6.00")),
        (date(2020, 11, 30), 49, 2, 3, Decimal("112.00"), Decimal("96.00")),
    ]


def test_a_bandcamp_friday_begins_and_ends_at_pacific_midnight(dbt: Dbt) -> None:
    columns = "pacific_date, pacific_hour, is_bandcamp_friday, revenue_usd"
    around = "pacific_date between '2020-10-01' and '2020-10-03' or month(pacific_date) = 12"

    made = picked(dbt, "pacific_hour_sales", columns, around)

    assert made == [
        (date(2020, 10, 1), 23, False, Decimal("1.00")),
        (FRIDAY, 0, True, Decimal("2.00")),
        (FRIDAY, 23, True, Decimal("4.00")),
        (date(2020, 10, 3), 0, False, Decimal("8.00")),
        (date(2020, 12, 3), 23, False, Decimal("16.00")),
        (WINTER_FRIDAY, 0, True, Decimal("32.00")),
        (WINTER_FRIDAY, 23, True, Decimal("64.00")),
    ]


def test_the_hour_that_is_repeated_is_one_and_the_one_left_out_is_none(dbt: Dbt) -> None:
    columns = "pacific_date, pacific_hour, iso_weekday, sales, revenue_usd"

    made = picked(dbt, "pacific_hour_sales", columns, "pacific_date in ('2020-11-01', '2021-03-14')")

    assert made == [
        (date(2020, 11, 1), 1, 7, 2, Decimal("3.00")),
        (date(2020, 11, 1), 2, 7, 1, Decimal("4.00")),
        (date(2021, 3, 14), 1, 7, 1, Decimal("1.00")),
        (date(2021, 3, 14), 3, 7, 1, Decimal("2.00")),
    ]


def test_a_bandcamp_friday_is_set_beside_whole_days_of_the_four_weeks_around(dbt: Dbt) -> None:
    columns = (
        "baseline, hours_compared, days_compared, sales, revenue_usd, average_sales, average_revenue_usd,"
        " sales_ratio, revenue_ratio"
    )

    made = picked(dbt, "bandcamp_friday_effect", columns, "pacific_date = '2020-10-02'")

    # Days: 2 sales for 3.00, 3 for 3.00, 2 for 6.00; the second is no Friday.
    assert made == [
        ("other Fridays", 2, 2, 2, *decimals("6.00", "2", "4.50", "1", "1.333333")),
        ("other days", 2, 3, 2, *decimals("6.00", "2.333333", "4.00", "0.857143", "1.5")),
    ]


def test_a_bandcamp_friday_has_no_row_where_nothing_can_be_compared(dbt: Dbt) -> None:
    made = picked(dbt, "bandcamp_friday_effect", "distinct pacific_date")

    assert made == [(date(2020, 9, 4),), (FRIDAY,)]


def test_an_hour_of_the_week_is_averaged_over_all_days_of_its_weekday(dbt: Dbt) -> None:
    columns = "weekday_name, hour_of_day, days_observed, sales, revenue_usd, revenue_usd_per_day"

    made = picked(dbt, "hour_of_week_sales", columns, "iso_weekday <= 2")

    assert made == [
        ("Monday", 3, 3, 1, Decimal("0.01"), Decimal("0.00")),
        ("Monday", 12, 3, 2, Decimal("15.00"), Decimal("5.00")),
        ("Tuesday", 0, 2, 1, Decimal("0.01"), Decimal("0.01")),
        ("Tuesday", 23, 2, 1, Decimal("1.00"), Decimal("0.50")),
    ]


@pytest.mark.long
def test_googles_engine_makes_the_same_rows(dbt: Dbt, googlesql: GoogleSqlDbt) -> None:
    assert googlesql.differences(dbt) == []
