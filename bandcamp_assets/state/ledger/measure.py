"""Counts what each layer of the lake holds, from its Parquet files.

The warehouse counts its own tables (`Warehouse.figures`). The catalog gives only the names of the staged files
that count. `counting` knows which files were counted before: with it, only the others are read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from pathlib import Path

import polars as pl

from bandcamp_assets.lake.damage import readable
from bandcamp_assets.lake.layout import cleaned_file, duplicate_file, rejected_file, staged_file
from bandcamp_assets.lake.parquet import scan
from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets.state.ledger.compare import total
from bandcamp_assets.state.ledger.counting import Counts, Figures
from bandcamp_assets.storage.objects import ObjectStore, sales_key
from bandcamp_assets.storage.warehouse import DayFigures

NOTHING: frozenset[str] = frozenset()

NO_DAY = date.min
"""Stands for the day of rejected rows, which have none."""


def staged_figures(
    lake: Path,
    catalog: Catalog,
    days: Iterable[date],
    without: Collection[str] = NOTHING,
    counts: Counts | None = None,
) -> dict[date, DayFigures]:
    """Staged rows by day, from every staged file of the day.

    Here and below, `without` holds paths of files that are known to be damaged. They count as empty. What `counts`
    knows is not read again.
    """
    inputs = catalog.staged_inputs()
    return _figures(
        {day: [staged_file(lake, day, file_id) for file_id in inputs.get(day, [])] for day in days},
        without,
        counts,
    )


def cleaned_figures(
    lake: Path, days: Iterable[date], without: Collection[str] = NOTHING, counts: Counts | None = None
) -> dict[date, DayFigures]:
    """Sales by day in the lake."""
    return _figures({day: [cleaned_file(lake, day)] for day in days}, without, counts)


def duplicate_figures(
    lake: Path, days: Iterable[date], without: Collection[str] = NOTHING, counts: Counts | None = None
) -> dict[date, DayFigures]:
    """Duplicates by day in the lake."""
    return _figures({day: [duplicate_file(lake, day)] for day in days}, without, counts)


def object_figures(
    lake: Path,
    store: ObjectStore,
    days: Iterable[date],
    without: Collection[str] = NOTHING,
    counts: Counts | None = None,
) -> dict[date, DayFigures]:
    """Sales by day in the object store. A remote object with the checksum of the lake's file is not fetched."""
    keys = {sales_key(day): day for day in days}
    with store.readable({key: cleaned_file(lake, day) for key, day in keys.items()}) as paths:
        return _figures({day: [paths[key]] if key in paths else [] for key, day in keys.items()}, without, counts)


def rejected_rows(
    lake: Path, file_ids: Iterable[str], without: Collection[str] = NOTHING, counts: Counts | None = None
) -> int:
    """Rejected rows of raw files."""
    paths = [path for one in file_ids if str(path := rejected_file(lake, one)) not in without]

    def count(files: list[Path]) -> dict[Path, Figures]:
        return {path: {NO_DAY: DayFigures(_rows_in(path))} for path in files}

    counted = counts.of_files(paths, count) if counts else count(paths)
    return sum(total(figures).rows for figures in counted.values())


def _rows_in(path: Path) -> int:
    with readable([path]):
        return int(scan(path).select(pl.len()).collect().item())


def staged_rows(lake: Path, file_id: str, days: Iterable[date]) -> int:
    """Staged rows of one raw file, over all its days."""
    paths = [staged_file(lake, day, file_id) for day in days]
    with readable(paths):
        return int(scan(paths).select(pl.len()).collect().item()) if paths else 0


def _figures(
    paths: dict[date, list[Path]], without: Collection[str], counts: Counts | None
) -> dict[date, DayFigures]:
    """Count rows and delivered US dollars by day. A missing file counts as empty."""
    present = [path for group in paths.values() for path in group if path.is_file() and str(path) not in without]
    figures = dict.fromkeys(paths, DayFigures())
    for held in counts.of_files(present, _by_file).values() if counts else [_by_day(present)]:
        for day, more in held.items():
            figures[day] = figures.get(day, DayFigures()) + more
    return figures


def _by_day(paths: list[Path]) -> Figures:
    """Read all files as one."""
    if not paths:
        return {}
    with readable(paths):
        return _as_figures(_summed(scan(paths)).collect())


def _by_file(paths: list[Path]) -> dict[Path, Figures]:
    """Read each file for itself."""
    with readable(paths):
        counted = pl.collect_all([_summed(scan(path)) for path in paths])
    return dict(zip(paths, map(_as_figures, counted), strict=True))


def _summed(rows: pl.LazyFrame) -> pl.LazyFrame:
    return rows.group_by("sale_date").agg(pl.len(), pl.col("amount_paid_usd").sum())


def _as_figures(counted: pl.DataFrame) -> Figures:
    return {day: DayFigures(rows, usd) for day, rows, usd in counted.rows()}
