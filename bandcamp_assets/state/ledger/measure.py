"""Counts what each layer of the lake holds, from its Parquet files.

The warehouse counts its own tables (`Warehouse.figures`). The catalog gives only the names of the staged files
that count.
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
from bandcamp_assets.storage.objects import ObjectStore, sales_key
from bandcamp_assets.storage.warehouse import DayFigures

NOTHING: frozenset[str] = frozenset()


def staged_figures(
    lake: Path, catalog: Catalog, days: Iterable[date], without: Collection[str] = NOTHING
) -> dict[date, DayFigures]:
    """Staged rows by day, from every staged file of the day.

    Here and below, `without` holds paths of files that are known to be damaged. They count as empty.
    """
    inputs = catalog.staged_inputs()
    return _figures(
        {day: [staged_file(lake, day, file_id) for file_id in inputs.get(day, [])] for day in days}, without
    )


def cleaned_figures(
    lake: Path, days: Iterable[date], without: Collection[str] = NOTHING
) -> dict[date, DayFigures]:
    """Sales by day in the lake."""
    return _figures({day: [cleaned_file(lake, day)] for day in days}, without)


def duplicate_figures(
    lake: Path, days: Iterable[date], without: Collection[str] = NOTHING
) -> dict[date, DayFigures]:
    """Duplicates by day in the lake."""
    return _figures({day: [duplicate_file(lake, day)] for day in days}, without)


def object_figures(
    lake: Path, store: ObjectStore, days: Iterable[date], without: Collection[str] = NOTHING
) -> dict[date, DayFigures]:
    """Sales by day in the object store. A remote object with the checksum of the lake's file is not fetched."""
    keys = {sales_key(day): day for day in days}
    with store.readable({key: cleaned_file(lake, day) for key, day in keys.items()}) as paths:
        return _figures({day: [paths[key]] if key in paths else [] for key, day in keys.items()}, without)


def rejected_rows(lake: Path, file_id: str, without: Collection[str] = NOTHING) -> int:
    """Rejected rows of one raw file."""
    path = rejected_file(lake, file_id)
    if str(path) in without:
        return 0
    with readable([path]):
        return int(scan(path).select(pl.len()).collect().item())


def staged_rows(lake: Path, file_id: str, days: Iterable[date]) -> int:
    """Staged rows of one raw file, over all its days."""
    paths = [staged_file(lake, day, file_id) for day in days]
    with readable(paths):
        return int(scan(paths).select(pl.len()).collect().item()) if paths else 0


def _figures(paths: dict[date, list[Path]], without: Collection[str]) -> dict[date, DayFigures]:
    """Count rows and delivered US dollars by day. A missing file counts as empty."""
    present = [path for group in paths.values() for path in group if path.is_file() and str(path) not in without]
    empty = {day: DayFigures() for day in paths}
    if not present:
        return empty
    by_day = scan(present).group_by("sale_date").agg(pl.len(), pl.col("amount_paid_usd").sum())
    with readable(present):
        counted = by_day.collect()
    return empty | {day: DayFigures(rows, usd) for day, rows, usd in counted.rows()}
