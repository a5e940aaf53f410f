"""The marts of time, worked out from single sales."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from bandcamp_assets_tests.dbt_project.marts_expected_numbers import (
    Row,
    different,
    figures,
    groups,
    per,
    ratio,
    some,
    usd,
)
from bandcamp_assets_tests.dbt_project.marts_expected_seeds import (
    BANDCAMP_FRIDAYS,
    WEEKDAYS,
    is_bandcamp_friday,
    is_waived,
    pacific,
)

FOUR_WEEKS = timedelta(days=28)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _waived_usd(rows: Sequence[Row]) -> Row:
    return {"bandcamp_friday_revenue_usd": usd(row for row in rows if is_waived(row))}


def daily_sales(sales: Sequence[Row]) -> list[Row]:
    return [
        {
            "sale_date": day,
            "week_start": _monday(day),
            "weekday_name": WEEKDAYS[day.weekday()],
            "is_weekend": WEEKDAYS[day.weekday()] in ("Saturday", "Sunday"),
            "is_bandcamp_friday": is_bandcamp_friday(day),
            **figures(rows),
            "physical_sales_share": ratio(sum(row["is_physical"] for row in rows), len(rows)),
            "countries": different(rows, "country"),
            "artists": different(rows, "artist_name"),
            **_waived_usd(rows),
            "estimated_sales": sum(row["amount_paid_usd_is_estimated"] for row in rows),
        }
        for day, rows in groups(sales, lambda row: row["transaction_date"].date()).items()
    ]


def weekly_sales(sales: Sequence[Row]) -> list[Row]:
    return [
        {
            "week_start": monday,
            "iso_year": monday.isocalendar().year,
            "iso_week": monday.isocalendar().week,
            "days_with_sales": different(rows, "sale_date"),
            **some(rows, "sales", "items", "revenue_usd", "asking_usd", "overpaid_usd", "average_sale_usd"),
            **some(rows, "physical_sales", "physical_revenue_usd"),
            **_waived_usd(rows),
        }
        for monday, rows in groups(sales, lambda row: _monday(row["transaction_date"].date())).items()
    ]


def hour_of_week_sales(sales: Sequence[Row]) -> list[Row]:
    days = groups({row["sale_date"] for row in sales}, date.isoweekday)
    by_hour = groups(sales, lambda row: (row["sale_date"].isoweekday(), row["transaction_date"].hour))
    return [
        {
            "iso_weekday": weekday,
            "weekday_name": WEEKDAYS[weekday - 1],
            "hour_of_day": hour,
            "days_observed": len(days[weekday]),
            **some(rows, "sales", "items", "revenue_usd", "overpaid_usd"),
            "revenue_usd_per_day": per(usd(rows), len(days[weekday])),
        }
        for (weekday, hour), rows in by_hour.items()
    ]


def pacific_hour_sales(sales: Sequence[Row]) -> list[Row]:
    return [
        {
            "pacific_date": day,
            "pacific_hour": hour,
            "iso_weekday": day.isoweekday(),
            "is_bandcamp_friday": is_bandcamp_friday(day),
            **some(rows, "sales", "items", "revenue_usd", "overpaid_usd", "physical_revenue_usd"),
        }
        for (day, hour), rows in groups(sales, _pacific_day_and_hour).items()
    ]


def bandcamp_friday_effect(sales: Sequence[Row]) -> list[Row]:
    days = {
        day: groups(rows, lambda row: pacific(row["transaction_date"]).hour)
        for day, rows in groups(sales, lambda row: _pacific_day_and_hour(row)[0]).items()
    }
    found = []
    for friday in sorted(days.keys() & BANDCAMP_FRIDAYS):
        hours = days[friday].keys()
        comparable = [
            day
            for day in days
            if is_bandcamp_friday(day) is False and abs(day - friday) <= FOUR_WEEKS and hours <= days[day].keys()
        ]
        baselines = {
            "other days": comparable,
            "other Fridays": [day for day in comparable if WEEKDAYS[day.weekday()] == "Friday"],
        }
        on_friday = [row for rows in days[friday].values() for row in rows]
        for baseline, chosen in baselines.items():
            if chosen:
                beside = [row for day in chosen for hour in hours for row in days[day][hour]]
                found.append(_compared(friday, baseline, on_friday, beside, len(chosen), len(hours)))
    return found


def _compared(
    friday: date, baseline: str, on_friday: Sequence[Row], beside: Sequence[Row], days: int, hours: int
) -> Row:
    return {
        "pacific_date": friday,
        "baseline": baseline,
        "hours_compared": hours,
        "days_compared": days,
        "sales": len(on_friday),
        "revenue_usd": usd(on_friday),
        "average_sales": ratio(len(beside), days),
        "average_revenue_usd": per(usd(beside), days),
        "sales_ratio": ratio(len(on_friday) * days, len(beside)),
        "revenue_ratio": ratio(usd(on_friday) * days, usd(beside)),
    }


def _pacific_day_and_hour(row: Row) -> tuple[date, int]:
    local = pacific(row["transaction_date"])
    return local.date(), local.hour
