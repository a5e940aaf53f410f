"""Finds what is staged in the lake without the catalog, so that a lost catalog can be rebuilt.

Everything is counted from the files.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl

from bandcamp_assets.lake.damage import readable
from bandcamp_assets.lake.layout import cleaned_file, duplicate_file, rejected_file, staged_file
from bandcamp_assets.lake.made import StagedDay, StagedFile
from bandcamp_assets.lake.parquet import scan

_DAY = "sale_date="


def days_held(lake: Path) -> list[date]:
    """All days for which the lake has a folder."""
    names = {path.name for path in lake.glob(f"*/{_DAY}*")}
    return sorted(day for name in names if (day := _day(name)))


def staged_ids(lake: Path) -> set[str]:
    """The ids of the raw files that were staged: each has a file of rejected rows, which may be empty."""
    return {path.stem for path in (lake / "rejected_sales").glob("*.parquet")}


def staged_of(lake: Path, file_id: str, contract: str) -> StagedFile | None:
    """Count what is staged of a raw file; None if nothing is.

    Raises:
        PlatformError: If a file cannot be read.
    """
    rejected = rejected_file(lake, file_id)
    if not rejected.is_file():
        return None
    paths = {day: path for day in days_held(lake) if (path := staged_file(lake, day, file_id)).is_file()}
    with readable([rejected, *paths.values()]):
        reasons = dict(scan(rejected).group_by("reason").len().sort("reason").collect().iter_rows())
        days = [StagedDay(day, *_figures(path)) for day, path in paths.items()]
    rows = sum(day.rows for day in days)
    return StagedFile(file_id, contract, rows + sum(reasons.values()), reasons, days)


def left_out(lake: Path, file_ids: Collection[str]) -> set[str]:
    """The raw files whose rows no longer count: a day was cleaned after the file was staged, and without it."""
    found = set()
    for day in days_held(lake):
        cleaned = cleaned_file(lake, day)
        staged = {key: path for key in file_ids if (path := staged_file(lake, day, key)).is_file()}
        if not staged or not cleaned.is_file():
            continue
        made_at = cleaned.stat().st_mtime_ns
        used = _sources(cleaned) | _sources(duplicate_file(lake, day))
        found |= {key for key, path in staged.items() if key not in used and path.stat().st_mtime_ns < made_at}
    return found


def _sources(path: Path) -> set[str]:
    if not path.is_file():
        return set()
    with readable([path]):
        return set(scan(path).select(pl.col("source_file").unique()).collect()["source_file"])


def _figures(path: Path) -> tuple[int, Decimal]:
    rows, usd = scan(path).select(pl.len(), pl.col("amount_paid_usd").sum()).collect().row(0)
    return rows, usd


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(name.removeprefix(_DAY))
    except ValueError:
        return None
