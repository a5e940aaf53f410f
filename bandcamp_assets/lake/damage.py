"""Files of the lake that were lost or changed by something else: told by name, with what to do."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from bandcamp_assets.integrity.reading import DamagedFileError
from bandcamp_assets.lake.parquet import read


@contextmanager
def readable(paths: Collection[Path]) -> Iterator[None]:
    """Read Parquet files of the lake or of the local object store.

    Raises:
        DamagedFileError: If one of them is gone or cannot be read.
    """
    try:
        yield
    except (pl.exceptions.PolarsError, OSError) as error:
        bad = next((path for path in paths if not _can_be_read(path)), None)
        if bad is None:
            raise
        raise DamagedFileError(
            "A file of the lake is damaged" if bad.exists() else "A file of the lake is gone",
            path=bad,
            remedy="run `bandcamp run`: it is made anew from the layer before",
        ) from error


def first_rows(path: Path, rows: int = 5) -> pl.DataFrame:
    """The first rows of a Parquet file, to be shown as an example.

    Raises:
        DamagedFileError: If it is gone or cannot be read.
    """
    with readable([path]):
        return read(path, rows=rows)


def _can_be_read(path: Path) -> bool:
    try:
        read(path)
    except (pl.exceptions.PolarsError, OSError):
        return False
    return True
