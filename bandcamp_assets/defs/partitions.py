"""The partitions: days in UTC, and the days of a run."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final

import dagster as dg

from bandcamp_assets.contract.codes import FIRST_DAY

RANGE_START_TAG: Final = "dagster/asset_partition_range_start"
RANGE_END_TAG: Final = "dagster/asset_partition_range_end"
PARTITION_TAG: Final = "dagster/partition"

DAYS: Final = dg.DailyPartitionsDefinition(start_date=FIRST_DAY.isoformat(), end_offset=2)
"""Days in UTC, from the archive's first to tomorrow: a sale may be dated up to a day ahead. Of a home that holds
sales, the graph has only the days of `held_days`."""


def held_days(days: Collection[date]) -> dg.DailyPartitionsDefinition:
    """The partitions of a home: the days that it holds, and no other; `DAYS` while it holds none.

    It is fixed when the graph is loaded. A run loads the graph anew; the UI is told to (see `cli.reloading`).
    """
    if not days:
        return DAYS
    first, last = min(days), max(days)
    between = (first + timedelta(days=offset) for offset in range((last - first).days))
    return dg.DailyPartitionsDefinition(
        start_date=first.isoformat(),
        end_date=(last + timedelta(days=1)).isoformat(),
        exclusions=[datetime(day.year, day.month, day.day, tzinfo=UTC) for day in between if day not in days]
        or None,
    )


def days_of(partition_keys: list[str] | tuple[str, ...]) -> list[date]:
    """Partition keys as days."""
    return [date.fromisoformat(key) for key in partition_keys]


def days_of_run(tags: Mapping[str, str]) -> list[date] | None:
    """The days that a run's tags name; None if it has no partition and covers all days."""
    first = tags.get(RANGE_START_TAG) or tags.get(PARTITION_TAG)
    last = tags.get(RANGE_END_TAG) or first
    if not first or not last:
        return None
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return [start + timedelta(days=offset) for offset in range((end - start).days + 1)]


def range_tags(first: date, last: date) -> dict[str, str]:
    """The tags that make one run materialize a range of days."""
    return {RANGE_START_TAG: first.isoformat(), RANGE_END_TAG: last.isoformat()}
