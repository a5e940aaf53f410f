"""The paths of the lake's files, and the settings of its Parquet. No other module knows the names."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Final, Literal

COMPRESSION: Final[Literal["zstd"]] = "zstd"

COMPRESSION_LEVEL = 1
"""The default level makes files 7 % smaller and takes a third more time to write them."""

ROW_GROUP_ROWS = 122_880
"""The size of DuckDB's row groups, so that a day loads without being regrouped."""

STAGED_ROW_GROUP_ROWS = 20_000
"""Small, because the sink keeps one row group of every day in memory."""


def staged_file(lake: Path, day: date | str, file_id: str) -> Path:
    """One raw file's sales of one day."""
    return lake / "staged_sales" / f"sale_date={day}" / f"{file_id}.parquet"


def rejected_file(lake: Path, file_id: str) -> Path:
    """One raw file's rejected rows."""
    return lake / "rejected_sales" / f"{file_id}.parquet"


def cleaned_file(lake: Path, day: date | str) -> Path:
    """One day's sales."""
    return lake / "cleaned_sales" / f"sale_date={day}" / "sales.parquet"


def duplicate_file(lake: Path, day: date | str) -> Path:
    """One day's duplicate rows."""
    return lake / "duplicate_sales" / f"sale_date={day}" / "duplicates.parquet"


def days_in(path: Path) -> list[date]:
    """The day of a file, from its path; none if it is not a file of one day."""
    return [date.fromisoformat(day) for day in re.findall(r"sale_date=(\d{4}-\d{2}-\d{2})", str(path))]
