"""Stages small raw files together: converting ten rows takes as long as converting thousands.

Each file is read, compared with what landed, and written by itself, as in `staging`. Only the conversion is
shared.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, islice, pairwise
from pathlib import Path

import polars as pl

from bandcamp_assets.contract.sale import SOURCE_COLUMNS
from bandcamp_assets.lake.conversion import Converted, convert, with_every_column
from bandcamp_assets.lake.made import StagedFile
from bandcamp_assets.lake.reading import parts_of
from bandcamp_assets.lake.records import Records
from bandcamp_assets.lake.staging import Tally, put_in_lake
from bandcamp_assets.sources.delivery.file_format import Content, FileFormat


@dataclass(frozen=True)
class SmallFile:
    """A raw file that was read whole.

    Attributes:
        file_id: Its id.
        arrived_at: When it arrived (UTC).
        records: Its records.
        content: How they are written.
    """

    file_id: str
    arrived_at: datetime
    records: Records
    content: Content


def read_small_file(
    path: Path, form: FileFormat, *, file_id: str, arrived_at: datetime, scratch: Path, where: str
) -> SmallFile | None:
    """Read a file as one part; None if its rows are in several parts, or in none.

    Raises:
        PlatformError: If it cannot be read.
    """
    parts = list(islice(parts_of(path, form, scratch, where), 2))
    if len(parts) != 1:
        return None
    return SmallFile(file_id, arrived_at, parts[0].records(), parts[0].content)


def convert_together(files: Sequence[SmallFile]) -> list[Converted]:
    """Convert files in the given order. Each gives what it gives when it is converted by itself."""
    alike: dict[tuple[str, str], list[int]] = {}
    for place, file in enumerate(files):
        alike.setdefault((file.content.decimal_mark, file.content.missing_word), []).append(place)
    converted: dict[int, Converted] = {}
    for places in alike.values():
        converted.update(zip(places, _convert_alike([files[place] for place in places]), strict=True))
    return [converted[place] for place in range(len(files))]


def _convert_alike(files: Sequence[SmallFile]) -> list[Converted]:
    """Convert files that write numbers in the same way, as if they were one file."""
    before = list(accumulate((file.records.count for file in files), initial=0))
    whole = [with_every_column(file.records.whole).select("record", "line", *SOURCE_COLUMNS) for file in files]
    malformed = [file.records.malformed.select("record", "line", "fault") for file in files]
    arrivals = pl.Series([file.arrived_at for file in files], dtype=pl.Datetime("us", "UTC"))
    file_of_record = pl.Series(
        [place for place, rows in enumerate(whole) for _ in range(rows.height)], dtype=pl.Int64
    )
    made = convert(
        Records(_one_after_the_other(whole, before), _one_after_the_other(malformed, before)),
        source_file="",
        first_row=1,
        arrived_at=arrivals.gather(file_of_record),
        content=files[0].content,
    )
    sales = _apart(made.sales, files, before)
    rejected = _apart(made.rejected, files, before)
    rounded = [made.rounded.filter(made.rounded.is_between(first + 1, last)) for first, last in pairwise(before)]
    return [Converted(*of_file) for of_file in zip(sales, rejected, rounded, strict=True)]


def _one_after_the_other(frames: Sequence[pl.DataFrame], before: Sequence[int]) -> pl.DataFrame:
    numbered = (rows.with_columns(pl.col("record") + number) for rows, number in zip(frames, before, strict=False))
    return pl.concat(numbered)


def _apart(rows: pl.DataFrame, files: Sequence[SmallFile], before: Sequence[int]) -> list[pl.DataFrame]:
    """The rows of each file, numbered from 1. They come file by file."""
    place = pl.Series(before).search_sorted(rows["source_row"])  # from 1, as rows are numbered from 1
    bounds = place.search_sorted(pl.Series(range(1, len(files) + 2))).to_list()
    return [
        rows[first:last].with_columns(pl.col("source_row") - number, source_file=pl.lit(file.file_id))
        for file, number, (first, last) in zip(files, before, pairwise(bounds), strict=False)
    ]


def stage_converted(
    file: SmallFile, converted: Converted, *, lake: Path, scratch: Path, seconds: float
) -> StagedFile:
    """Put a converted file into the lake, as `staging.stage_delivery` does.

    Args:
        file: The file.
        converted: Its rows.
        lake: The lake's folder.
        scratch: An empty folder on the same disk.
        seconds: What the file has taken so far.
    """
    tally = Tally()
    tally.add(file.records.count, converted)
    return put_in_lake(iter([converted]), tally, file.file_id, lake, scratch, time.perf_counter() - seconds)
