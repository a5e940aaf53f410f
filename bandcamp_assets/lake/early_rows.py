"""Rejected rows that a later clock may judge otherwise: dated in what was the future when their file arrived."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import polars as pl

from bandcamp_assets.contract.codes import CLOCK_TOLERANCE
from bandcamp_assets.contract.rejection import RejectionReason
from bandcamp_assets.lake.layout import rejected_file
from bandcamp_assets.lake.parquet import scan

_TIME = r"utc_date = '([^']*)'"
"""How the detail of a rejected row names its time."""


def would_be_judged_otherwise(lake: Path, file_id: str, arrived_at: datetime, now: datetime) -> bool:
    """Whether a raw file has rows that were rejected for a time which is no longer in the future.

    Args:
        lake: The lake's folder.
        file_id: The raw file. One that is not staged yet counts if it arrived in another day.
        arrived_at: When it arrived, by the clock that its rows were judged by.
        now: The time by a clock that is right.
    """
    path = rejected_file(lake, file_id)
    if not path.is_file():
        return now - arrived_at > CLOCK_TOLERANCE
    seconds = pl.col("detail").str.extract(_TIME).cast(pl.Float64, strict=False)
    first, last = (moment.timestamp() + CLOCK_TOLERANCE.total_seconds() for moment in (arrived_at, now))
    early = (
        scan(path)
        .filter(pl.col("reason") == RejectionReason.BAD_TIMESTAMP.value, seconds > first, seconds <= last)
        .select(pl.len())
    )
    try:
        return int(early.collect().item()) > 0
    except (pl.exceptions.PolarsError, OSError):
        return False  # damaged: who reads the rows themselves says so
