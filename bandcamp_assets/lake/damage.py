"""Files of the lake that were lost or changed by something else: told by name, with what to do."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from bandcamp_assets.catalog import StagedFile
from bandcamp_assets.errors import PlatformError
from bandcamp_assets.lake.layout import rejected_file, staged_file
from bandcamp_assets.lake.parquet import read


@contextmanager
def readable(paths: Collection[Path]) -> Iterator[None]:
    """Read Parquet files of the lake or of the local object store.

    Raises:
        PlatformError: If one of them is gone or cannot be read.
    """
    try:
        yield
    except (pl.exceptions.PolarsError, OSError) as error:
        bad = next((path for path in paths if not _can_be_read(path)), None)
        if bad is None:
            raise
        raise PlatformError(
            "A file of the lake is damaged" if bad.exists() else "A file of the lake is gone",
            where=str(bad),
            remedy="remove the file if it is there, and run again: it is made anew",
        ) from error


def is_whole(lake: Path, file: StagedFile) -> bool:
    """Whether all that was staged of a raw file is there."""
    paths = [rejected_file(lake, file.file_id)]
    paths += [staged_file(lake, day.sale_date, file.file_id) for day in file.days]
    return all(path.is_file() for path in paths)


def _can_be_read(path: Path) -> bool:
    try:
        read(path)
    except (pl.exceptions.PolarsError, OSError):
        return False
    return True
