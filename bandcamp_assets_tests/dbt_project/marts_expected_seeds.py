"""The lists that marts look things up in, read from the seeds' own files."""

from __future__ import annotations

import csv
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bandcamp_assets_tests.dbt_project.duckdb_dbt import PROJECT
from bandcamp_assets_tests.dbt_project.marts_expected_numbers import Row

PACIFIC = ZoneInfo("America/Los_Angeles")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def seed(name: str) -> list[dict[str, str]]:
    """The rows of a seed, as text."""
    with (PROJECT / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


LISTED = {date.fromisoformat(row["pacific_date"]): row["is_waived"] == "true" for row in seed("bandcamp_fridays")}
BANDCAMP_FRIDAYS = {day for day, waived in LISTED.items() if waived}
LISTED_UNTIL = date(2023, 5, 4)
"""Up to this day every Bandcamp Friday is listed."""

COUNTRIES = {row["country"]: row for row in seed("countries")}


def pacific(moment: datetime) -> datetime:
    """A moment by the clock that Bandcamp Fridays run by."""
    return moment.astimezone(PACIFIC)


def is_bandcamp_friday(day: date) -> bool | None:
    """Whether a day by US Pacific time is a Bandcamp Friday; None where no list says so."""
    if day in LISTED:
        return LISTED[day]
    return None if WEEKDAYS[day.weekday()] == "Friday" and day > LISTED_UNTIL else False


def known_to_be_waived(row: Row) -> bool | None:
    """Whether Bandcamp took no share of a sale; None where that is not known."""
    return is_bandcamp_friday(pacific(row["transaction_date"]).date())


def is_waived(row: Row) -> bool:
    """Whether Bandcamp is known to have taken no share of a sale."""
    return known_to_be_waived(row) is True
