"""What all assets share: who owns them, their partitions, and which days a run is about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

import dagster as dg
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    PARTITION_NAME_TAG,
)

from bandcamp_assets.contract.codes import FIRST_DAY

OWNERS: Final = ["team:data"]

SINGLE_RUN: Final = dg.BackfillPolicy.single_run()
"""Any range of days is one run. Assets without partitions need it too, to be part of such a run."""

WAREHOUSE_POOL: Final = "duckdb"
"""The pool of everything that opens the DuckDB file. It holds one, as DuckDB takes one writer."""

LAKE_POOL: Final = "lake"
"""The pool of everything that writes landing, lake or objects, so that no file is handled twice at once.

Checks that compare these are in it too: they never see a day half-way between two runs.
"""

DAYS: Final = dg.DailyPartitionsDefinition(start_date=FIRST_DAY.isoformat(), end_offset=2)
"""Days in UTC, from the archive's first to tomorrow: a sale may be dated up to a day ahead."""


def days_of(partition_keys: list[str] | tuple[str, ...]) -> list[date]:
    """Partition keys as days."""
    return [date.fromisoformat(key) for key in partition_keys]


def days_of_run(tags: Mapping[str, str]) -> list[date] | None:
    """The days that a run's tags name; None where it has no partition, and so is about all days."""
    first = tags.get(ASSET_PARTITION_RANGE_START_TAG) or tags.get(PARTITION_NAME_TAG)
    last = tags.get(ASSET_PARTITION_RANGE_END_TAG) or first
    if not first or not last:
        return None
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return [start + timedelta(days=offset) for offset in range((end - start).days + 1)]


def range_tags(first: date, last: date) -> dict[str, str]:
    """The tags that make one run materialize a range of days."""
    return {ASSET_PARTITION_RANGE_START_TAG: first.isoformat(), ASSET_PARTITION_RANGE_END_TAG: last.isoformat()}
