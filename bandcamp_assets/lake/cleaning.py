"""Cleans one day: separates its staged rows into sales and duplicates.

Rows with the same `_id` are always of the same day, because the `_id` contains the time. So it is enough to look
at one day. The caller chooses the days and records them. `large_day` cuts a day that does not fit into memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from bandcamp_assets.contract.dialects import parquet_schema
from bandcamp_assets.contract.sale import Sale
from bandcamp_assets.contract.version import contract_version
from bandcamp_assets.lake.appending import ParquetAppender
from bandcamp_assets.lake.conversion import STAGED_SCHEMA
from bandcamp_assets.lake.damage import STAGED_REMEDY, DamagedFileError
from bandcamp_assets.lake.large_day import LARGE_ROWS, SLICE_ROWS, is_large, slices
from bandcamp_assets.lake.layout import (
    COMPRESSION,
    COMPRESSION_LEVEL,
    ROW_GROUP_ROWS,
    cleaned_file,
    duplicate_file,
)
from bandcamp_assets.lake.parquet import scan
from bandcamp_assets.system.disk import replace_file

_ARRIVAL = "arrival"

DUPLICATES_SCHEMA = pl.Schema(
    {name: STAGED_SCHEMA[name] for name in ("_id", "source_file", "source_row", "amount_paid_usd", "sale_date")}
)
"""The columns of a day's duplicates: enough to find each in its raw file."""


@dataclass(frozen=True)
class CleanedFrames:
    """One day; each staged row is in exactly one of the frames.

    Attributes:
        sales: Rows that satisfy the contract `Sale`, in the order of `_id`, which is nearly that of time.
        duplicates: Rows with the `_id` of a sale that was kept: `_id`, `source_file`, `source_row`,
            `amount_paid_usd`, `sale_date`.
    """

    sales: pl.DataFrame
    duplicates: pl.DataFrame


@dataclass(frozen=True)
class CleanedFiles:
    """One day in the lake: its counts, and the Parquet file of its sales; None if it has no sales."""

    sales: int
    duplicates: int
    path: Path | None


def clean_day(staged: Sequence[pl.LazyFrame]) -> CleanedFrames:
    """De-duplicate one day's staged rows.

    Args:
        staged: The day's rows from each raw file (`STAGED_SCHEMA`), in the order of the files' arrival.

    Returns:
        For each `_id`, the first row by arrival and row number as a sale, the others as duplicates.
    """
    arrived = [rows.with_columns(pl.lit(place).alias(_ARRIVAL)) for place, rows in enumerate(staged)]
    if not arrived:
        empty = Sale.create_empty()
        return CleanedFrames(empty, _duplicates(empty.with_columns(source_row=pl.lit(None, pl.Int64))))
    ordered = pl.concat(arrived).sort("_id", _ARRIVAL, "source_row").collect()
    repeated = (ordered["_id"] == ordered["_id"].shift(1)).fill_null(value=False)
    sales = Sale.validate(ordered.filter(~repeated))
    return CleanedFrames(sales, _duplicates(ordered.filter(repeated)))


def _duplicates(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(DUPLICATES_SCHEMA.names())


def inputs_fingerprint(file_ids: Sequence[str]) -> str:
    """The fingerprint of a cleaned day's inputs: the staged files in the order of arrival, and the contract."""
    return hashlib.sha256("\n".join([contract_version(), *file_ids]).encode()).hexdigest()[:16]


def scan_staged(paths: Sequence[Path]) -> list[pl.LazyFrame]:
    """Open staged files.

    Raises:
        DamagedFileError: If a file that the catalog knows is gone.
    """
    for path in paths:
        if not path.is_file():
            raise DamagedFileError("A staged file is gone", path=path, remedy=STAGED_REMEDY)
    return [scan(path) for path in paths]


def clean_into(
    staged: Sequence[pl.LazyFrame],
    day: date,
    *,
    lake: Path,
    scratch: Path,
    large_rows: int = LARGE_ROWS,
    slice_rows: int = SLICE_ROWS,
) -> CleanedFiles:
    """Clean a day and replace it in the lake.

    Args:
        staged: The day's rows from each raw file (`STAGED_SCHEMA`), in the order of the files' arrival.
        day: The day (UTC).
        lake: The lake's folder.
        scratch: An empty folder on the same disk.
        large_rows: A day with at least this many staged rows is cleaned in slices, one after the other.
        slice_rows: Approximate number of rows in a slice.
    """
    if is_large(staged, large_rows):
        return _write_in_slices((clean_day(part) for part in slices(staged, slice_rows)), day, lake, scratch)
    frames = clean_day(staged)
    path = write_day(frames, day, lake=lake, scratch=scratch)
    return CleanedFiles(frames.sales.height, frames.duplicates.height, path)


def write_day(frames: CleanedFrames, day: date, *, lake: Path, scratch: Path) -> Path | None:
    """Replace a cleaned day in the lake. An empty frame leaves no file.

    Returns:
        The Parquet file of the day's sales; None if it has no sales.
    """
    for frame, target in ((frames.duplicates, duplicate_file(lake, day)), (frames.sales, cleaned_file(lake, day))):
        if frame.is_empty():
            target.unlink(missing_ok=True)
            continue
        half_made = scratch / f"{day}-{target.name}"
        frame.write_parquet(
            half_made,
            compression=COMPRESSION,
            compression_level=COMPRESSION_LEVEL,
            row_group_size=ROW_GROUP_ROWS,
            arrow_schema=parquet_schema() if frame is frames.sales else None,
        )
        replace_file(half_made, target)
    return cleaned_file(lake, day) if frames.sales.height else None


def _write_in_slices(parts: Iterator[CleanedFrames], day: date, lake: Path, scratch: Path) -> CleanedFiles:
    """Write the slices one by one; move both files to the lake once they are complete."""
    sales, duplicates = scratch / f"{day}-sales", scratch / f"{day}-duplicates"
    schema = pl.DataFrame(schema=DUPLICATES_SCHEMA).to_arrow().schema
    kept = repeated = 0
    with ParquetAppender(sales, parquet_schema()) as first, ParquetAppender(duplicates, schema) as others:
        for frames in parts:
            first.write(frames.sales)
            others.write(frames.duplicates)
            kept += frames.sales.height
            repeated += frames.duplicates.height
    _place(duplicates, duplicate_file(lake, day), repeated)
    _place(sales, cleaned_file(lake, day), kept)
    return CleanedFiles(kept, repeated, cleaned_file(lake, day) if kept else None)


def _place(made: Path, target: Path, rows: int) -> None:
    if rows:
        replace_file(made, target)
    else:
        made.unlink()
        target.unlink(missing_ok=True)
