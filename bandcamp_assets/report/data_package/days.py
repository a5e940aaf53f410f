"""Which days of the fact to write into the data package: those that changed, and those whose file is lost."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from bandcamp_assets.lake.damage import readable
from bandcamp_assets.lake.parquet import scan
from bandcamp_assets.report.data_package.contents import day_path, object_key, paths_of
from bandcamp_assets.state.catalog import Catalog, FileContent, Layer
from bandcamp_assets.state.integrity.reading import describe
from bandcamp_assets.state.integrity.survey import survey_report
from bandcamp_assets.state.plan import loaded_content
from bandcamp_assets.storage.objects import ObjectStore
from bandcamp_assets.storage.warehouse import DayFigures
from bandcamp_assets.storage.warehouse.marks import FACT
from bandcamp_assets.system.home import Home


@dataclass(frozen=True)
class DaysToWrite:
    """What is left to do for the days of the fact.

    Attributes:
        days: What each day to write is made from, as the catalog records it.
        withdrawn: Files of days that no longer have sales.
    """

    days: dict[date, str]
    withdrawn: list[Path]


def days_to_write(home: Home, catalog: Catalog, store: ObjectStore) -> DaysToWrite:
    """Compare the files of the fact's days with what the fact holds, by the catalog's records."""
    every = sorted(catalog.content(Layer.FACT).items())
    # Without a single sale, the file of a day has no rows, and readers find a table with its columns.
    fact = dict([(day, made) for day, made in every if loaded_content(made)] or every[:1])
    written, known = catalog.content(Layer.TABLES), catalog.file_contents()
    lost = survey_report(home, catalog).places
    there = None if store.is_local else set(store.keys(f"{home.place_of(home.tables)}/"))

    def is_written(day: date, made_from: str) -> bool:
        path = day_path(home, day)
        recorded = known.get(home.place_of(path))
        return (
            recorded is not None
            and str(path) not in lost
            and written.get(day) == _content(made_from, recorded)
            and (there is None or object_key(home, path) in there)
        )

    return DaysToWrite(
        {day: made for day, made in fact.items() if not is_written(day, made)},
        [path for path in paths_of(home, FACT) if _day_of(path) not in fact],
    )


def record_day(home: Home, catalog: Catalog, day: date, made_from: str) -> None:
    """Record that the file of a day is written."""
    written = describe(home, day_path(home, day))  # not from the catalog, which would read every file's record
    catalog.record_content(Layer.TABLES, {day: _content(made_from, written)})


def withdraw(home: Home, catalog: Catalog, store: ObjectStore, paths: Collection[Path]) -> None:
    """Remove files of days without sales, and forget them."""
    for path in paths:
        catalog.forget_files([home.place_of(path)])
        if not store.is_local:
            store.delete(object_key(home, path))
        path.unlink(missing_ok=True)


def day_figures(paths: Collection[Path]) -> dict[date, DayFigures]:
    """Rows, delivered and estimated US dollars by day, counted from the files.

    Raises:
        DamagedFileError: If one cannot be read.
    """
    if not paths:
        return {}
    paid, is_estimated = pl.col("amount_paid_usd"), pl.col("amount_paid_usd_is_estimated")
    by_day = (
        scan(list(paths))
        .group_by("sale_date")
        .agg(
            pl.len(),
            paid.filter(~is_estimated).sum(),
            is_estimated.sum().alias("estimated"),
            paid.filter(is_estimated).sum().alias("estimated_usd"),
        )
    )
    with readable(list(paths)):
        return {day: DayFigures(*figures) for day, *figures in by_day.collect().rows()}


def _content(made_from: str, file: FileContent) -> str:
    """With the checksum of the file: another deployment of this home may have written it since."""
    return f"{made_from} {file.crc32c}"


def _day_of(path: Path) -> date | None:
    try:
        return date.fromisoformat(path.stem)
    except ValueError:
        return None
