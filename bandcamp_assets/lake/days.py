"""Writes the sales of one raw file to one Parquet file a day, in bounded memory, and counts them there.

The streaming sink keeps up to one row group of every day in memory until it ends. A file of 24 days goes through
one sink. A file of several years would be held in memory whole, so it goes through several sinks, one after the
other. If a day went through more than one of them, its parts are joined. `staging` supplies the rows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import polars as pl
from polars.io.plugins import register_io_source

from bandcamp_assets.lake.conversion import STAGED_SCHEMA
from bandcamp_assets.lake.layout import COMPRESSION, COMPRESSION_LEVEL, STAGED_ROW_GROUP_ROWS
from bandcamp_assets.lake.made import StagedDay
from bandcamp_assets.lake.parquet import scan

HELD_ROWS = 40 * STAGED_ROW_GROUP_ROWS
"""Rows that one sink may hold, about 1 KB each: a row group each of 40 days, or fewer rows of more days."""


def write_days(frames: Iterator[pl.DataFrame], folder: Path) -> list[StagedDay]:
    """Write frames of staged sales to `<folder>/<day>.parquet`, the rows of a day in the order they came.

    Args:
        frames: Sales in the staged schema, in the file's order.
        folder: Does not exist yet.

    Returns:
        Rows and US dollars of each day, measured from the files.
    """
    folder.mkdir()
    first = next(frames, None)
    second = next(frames, None)
    if second is None:
        return _write_small(first, folder)
    parts: defaultdict[str, list[Path]] = defaultdict(list)
    for number, sink in enumerate(_sinks(chain([first, second], frames))):
        part = folder / f"part-{number:06}"
        part.mkdir()
        _write_sink(sink, part)
        for path in part.iterdir():
            parts[path.name].append(path)
    for name, paths in parts.items():
        _join(paths, folder / name)
    return _measure([folder / name for name in parts]) if parts else []


def _write_small(sales: pl.DataFrame | None, folder: Path) -> list[StagedDay]:
    """Write a file of one chunk without starting an engine: thousands of such files may land at once."""
    if sales is None or sales.is_empty():
        return []
    days = []
    for rows in sales.partition_by("sale_date"):
        path = folder / f"{rows['sale_date'][0]}.parquet"
        rows.write_parquet(
            path,
            compression=COMPRESSION,
            compression_level=COMPRESSION_LEVEL,
            row_group_size=STAGED_ROW_GROUP_ROWS,
        )
        days += _measure([path])
    return sorted(days, key=lambda day: day.sale_date)


def _sinks(frames: Iterator[pl.DataFrame | None]) -> Iterator[Iterator[pl.DataFrame]]:
    """Divide the frames among sinks, to be consumed one after the other. Each holds a bounded number of rows."""
    following = next(frames, None)

    def one() -> Iterator[pl.DataFrame]:
        nonlocal following
        held: Counter[object] = Counter()
        while following is not None and held.total() < HELD_ROWS:
            frame, following = following, None
            yield frame
            for day, rows in frame["sale_date"].value_counts().rows():
                held[day] = min(held[day] + rows, STAGED_ROW_GROUP_ROWS)
            following = next(frames, None)

    while following is not None:
        yield one()


def _write_sink(frames: Iterator[pl.DataFrame], folder: Path) -> None:
    """Write frames to one Parquet file a day, with the streaming engine."""

    def source(
        _columns: list[str] | None, _predicate: pl.Expr | None, _rows: int | None, _batch: int | None
    ) -> Iterator[pl.DataFrame]:
        return frames

    by_day = pl.PartitionBy(
        folder,
        key="sale_date",
        include_key=True,
        file_path_provider=lambda file: f"{file.partition_keys['sale_date'][0]}.parquet",
        approximate_bytes_per_file=None,
    )
    lazy = register_io_source(source, schema=STAGED_SCHEMA)
    lazy.sink_parquet(
        by_day,
        compression=COMPRESSION,
        compression_level=COMPRESSION_LEVEL,
        row_group_size=STAGED_ROW_GROUP_ROWS,
        engine="streaming",
    )


def _join(parts: list[Path], path: Path) -> None:
    """Join the parts of a day into one file."""
    if len(parts) == 1:
        parts[0].rename(path)
        return
    rows = scan(parts)
    rows.sink_parquet(
        path,
        compression=COMPRESSION,
        compression_level=COMPRESSION_LEVEL,
        row_group_size=STAGED_ROW_GROUP_ROWS,
        engine="streaming",
    )
    for part in parts:
        part.unlink()


def _measure(files: list[Path]) -> list[StagedDay]:
    """Count rows and money of each day in the files just written."""
    sums = (
        scan(files)
        .group_by("sale_date")
        .agg(pl.len(), pl.col("amount_paid_usd").sum())
        .sort("sale_date")
        .collect()
    )
    return [StagedDay(day, rows, usd) for day, rows, usd in sums.rows()]
