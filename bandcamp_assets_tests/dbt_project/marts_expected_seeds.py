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


BANDCAMP_FRIDAYS = {date.fromisoformat(row["pacific_date"]) for row in seed("bandcamp_fridays")}
COUNTRIES = {row["country"]: row for row in seed("countries")}


def pacific(moment: datetime) -> datetime:
    """A moment by the clock that Bandcamp Fridays run by."""
    return moment.astimezone(PACIFIC)


def is_waived(row: Row) -> bool:
    """Whether Bandcamp took no share of a sale."""
    return pacific(row["transaction_date"]).date() in BANDCAMP_FRIDAYS
