"""Lost or damaged files: errors that name the file and say what to do."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from bandcamp_assets.lake.parquet import read
from bandcamp_assets.system.checksums import checksum
from bandcamp_assets.system.errors import PlatformError

RAW_REMEDY = (
    "deliver the same file again (put it into the inbox, or name it with --source), or restore it from a backup;"
    " then run again"
)
STAGED_REMEDY = "run `bandcamp run`, or materialize staged_sales: it is rebuilt from the raw file"

NOT_RECORDED = ""
"""In place of the checksum of a file that an earlier version wrote. Such a file counts as sound."""


class DamagedFileError(PlatformError):
    """A file is gone, or its bytes do not match its recorded checksum.

    Attributes:
        path: The file.
    """

    def __init__(self, what: str, *, path: Path, remedy: str) -> None:
        self.path = path
        super().__init__(what, where=str(path), remedy=remedy)

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (self.what, self.path, self.remedy))


def _rebuild(what: str, path: Path, remedy: str) -> DamagedFileError:
    return DamagedFileError(what, path=path, remedy=remedy)


def require(path: Path, crc32c: str, *, name: str, remedy: str) -> None:
    """Check that a file has its recorded checksum.

    Args:
        path: The file.
        crc32c: As recorded, or `NOT_RECORDED`.
        name: What people call such a file.
        remedy: What to do if it does not.

    Raises:
        DamagedFileError: If the file is gone or has another checksum.
    """
    try:
        found = checksum(path) if crc32c else NOT_RECORDED
    except FileNotFoundError:
        found = None
    if found is None or not path.is_file():
        raise DamagedFileError(f"A {name} is gone", path=path, remedy=remedy)
    if found != crc32c:
        raise DamagedFileError(f"A {name} is damaged: it is not as it was written", path=path, remedy=remedy)


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
            remedy="run `bandcamp run`: it is rebuilt from the layer before",
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
