"""One day's staged rows made into sales and duplicates.

Rows of one `_id` always share a day, because the time inside it does, so that looking at one day is
enough. Which days there are to clean, and recording them, is the concern of the caller.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from bandcamp_assets.contract.dialects import parquet_schema
from bandcamp_assets.contract.sale import Sale
from bandcamp_assets.contract.version import contract_version
from bandcamp_assets.errors import PlatformError
from bandcamp_assets.home import replace_file
from bandcamp_assets.lake.layout import COMPRESSION, ROW_GROUP_ROWS, cleaned_file, duplicate_file

_ARRIVAL = "arrival"


@dataclass(frozen=True)
class CleanedFrames:
    """One day, each staged row in exactly one frame.

    Attributes:
        sales: Rows that keep the contract `Sale`, in the order of `_id` (so nearly of time).
        duplicates: Rows whose `_id` a kept row has: `_id`, `source_file`, `source_row`, `amount_paid_usd`,
            `sale_date`.
    """

    sales: pl.DataFrame
    duplicates: pl.DataFrame


def clean_day(staged: Sequence[pl.LazyFrame]) -> CleanedFrames:
    """De-duplicate one day's staged rows.

    Args:
        staged: The day's rows from each raw file (`STAGED_SCHEMA`), in the order of the files' arrival.

    Returns:
        Of each `_id` the first row by arrival and row number as a sale, the others as duplicates.
    """
    arrived = [rows.with_columns(pl.lit(place).alias(_ARRIVAL)) for place, rows in enumerate(staged)]
    if not arrived:
        empty = Sale.create_empty()
        return CleanedFrames(empty, _duplicates(empty.with_columns(source_row=pl.lit(None, pl.Int64))))
    ordered = pl.concat(arrived).sort("_id", _ARRIVAL, "source_row").collect()
    repeated = (ordered["_id"] == ordered["_id"].shift(1)).fill_null(value=False)
    sales = Sale.validate(ordered.filter(~repeated).drop(_ARRIVAL, "source_row"))
    return CleanedFrames(sales, _duplicates(ordered.filter(repeated)))


def _duplicates(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select("_id", "source_file", "source_row", "amount_paid_usd", "sale_date")


def inputs_fingerprint(file_ids: Sequence[str]) -> str:
    """What a cleaned day is made from: the staged files in the order of their arrival, and the contract."""
    return hashlib.sha256("\n".join([contract_version(), *file_ids]).encode()).hexdigest()[:16]


def scan_staged(paths: Sequence[Path]) -> list[pl.LazyFrame]:
    """Open staged files.

    Raises:
        PlatformError: If one that the catalog knows is gone.
    """
    for path in paths:
        if not path.is_file():
            raise PlatformError(
                "A staged file is gone from the lake",
                where=str(path),
                remedy="materialize staged_sales with `restage: true`, or start afresh with FRESH=1",
            )
    return [pl.scan_parquet(path) for path in paths]


def write_day(frames: CleanedFrames, day: date, *, lake: Path, scratch: Path) -> Path | None:
    """Put a cleaned day into the lake in place of what was there. An empty frame leaves no file.

    Returns:
        The Parquet file of the day's sales, or None where it has none.
    """
    for frame, target in ((frames.duplicates, duplicate_file(lake, day)), (frames.sales, cleaned_file(lake, day))):
        if frame.is_empty():
            target.unlink(missing_ok=True)
            continue
        half_made = scratch / f"{day}-{target.name}"
        frame.write_parquet(
            half_made,
            compression=COMPRESSION,
            row_group_size=ROW_GROUP_ROWS,
            arrow_schema=parquet_schema() if frame is frames.sales else None,
        )
        replace_file(half_made, target)
    return cleaned_file(lake, day) if frames.sales.height else None
