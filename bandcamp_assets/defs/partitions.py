"""The partitions: days in UTC, and the days of a run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

import dagster as dg

from bandcamp_assets.contract.codes import FIRST_DAY

RANGE_START_TAG: Final = "dagster/asset_partition_range_start"
RANGE_END_TAG: Final = "dagster/asset_partition_range_end"
PARTITION_TAG: Final = "dagster/partition"

DAYS: Final = dg.DailyPartitionsDefinition(start_date=FIRST_DAY.isoformat(), end_offset=2)
"""Days in UTC, from the archive's first to tomorrow: a sale may be dated up to a day ahead."""


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
