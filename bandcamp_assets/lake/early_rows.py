"""Finds rejected rows that would be accepted now: they were dated in the future when their file arrived."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import polars as pl

from bandcamp_assets.contract.codes import CLOCK_TOLERANCE
from bandcamp_assets.contract.rejection import RejectionReason
from bandcamp_assets.lake.layout import rejected_file
from bandcamp_assets.lake.parquet import scan

_TIME = r"utc_date = '([^']*)'"
"""How the detail of a rejected row shows its time."""


def would_be_judged_otherwise(lake: Path, file_id: str, arrived_at: datetime, now: datetime) -> bool:
    """Whether a raw file has rows that were rejected for a time that is no longer in the future.

    Args:
        lake: The lake's folder.
        file_id: The raw file. If it is not staged yet, the answer is yes if it arrived on another day.
        arrived_at: When it arrived, by the clock that was used to check its rows.
        now: The present time, by a correct clock.
    """
    path = rejected_file(lake, file_id)
    if not path.is_file():
        return now - arrived_at > CLOCK_TOLERANCE
    seconds = (
        pl.col("detail").str.extract(_TIME).str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    )
    first, last = (moment.timestamp() + CLOCK_TOLERANCE.total_seconds() for moment in (arrived_at, now))
    early = (
        scan(path)
        .filter(pl.col("reason") == RejectionReason.BAD_TIMESTAMP.value, seconds > first, seconds <= last)
        .select(pl.len())
    )
    try:
        return int(early.collect().item()) > 0
    except (pl.exceptions.PolarsError, OSError):
        return False  # damaged: the reader of the rows reports it
