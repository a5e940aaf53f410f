"""Compares what a layer is about to read with the catalog's records, before anything is made from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bandcamp_assets.lake.damage import NOT_RECORDED, DamagedFileError, require
from bandcamp_assets.lake.layout import cleaned_file, duplicate_file, rejected_file, staged_file
from bandcamp_assets.lake.made import CleanedDay, StagedFile
from bandcamp_assets.lake.raw_reading import damaged_raw
from bandcamp_assets.sources.raw_file import RawFile
from bandcamp_assets.state.catalog import Catalog, FileContent
from bandcamp_assets.system.checksums import checksum, sha256_of
from bandcamp_assets.system.home import Home

CLEANED_REMEDY = (
    "run `bandcamp run`, or materialize cleaned_sales for that day: it is rebuilt from the staged files"
)
OBJECT_REMEDY = "run `bandcamp run`, or materialize sales_objects for that day: it is rebuilt from the lake"


def require_cleaned(home: Home, catalog: Catalog, days: Iterable[CleanedDay]) -> None:
    """Check the cleaned files of days against their records, before anything is made from them.

    Raises:
        DamagedFileError: If one is lost or damaged.
    """
    known = catalog.file_contents()
    for day in days:
        path = cleaned_file(home.lake, day.sale_date)
        recorded = known.get(home.place_of(path))
        if not day.sha256:
            continue
        require(path, recorded.crc32c if recorded else NOT_RECORDED, name="cleaned file", remedy=CLEANED_REMEDY)
        if recorded is None and sha256_of(path) != day.sha256:
            raise DamagedFileError(
                "A cleaned file is damaged: it is not as it was written", path=path, remedy=CLEANED_REMEDY
            )


def require_raw(home: Home, file: RawFile, known: Mapping[str, FileContent]) -> FileContent:
    """Check that a raw file is as it landed: by its recorded checksum, or else by its SHA-256.

    Returns:
        The file as it is now.

    Raises:
        DamagedFileError: If it is damaged.
        FileNotFoundError: If it is gone.
    """
    path = home.landing / file.stored_as
    now = describe(home, path)
    recorded = known.get(now.path)
    is_right = now.crc32c == recorded.crc32c if recorded else sha256_of(path) == file.sha256
    if not is_right:
        raise damaged_raw(path, file)
    return now


@contextmanager
def noting_damage(home: Home, catalog: Catalog) -> Iterator[None]:
    """Mark a file that turns out to be damaged as suspect in the catalog, so that the next run reads its bytes.

    A bit that the disk lost changes neither size nor time of the file.

    Raises:
        DamagedFileError: The error of the enclosed code, unchanged.
    """
    try:
        yield
    except DamagedFileError as error:
        objects = home.objects
        keys = [error.path.relative_to(objects).as_posix()] if error.path.is_relative_to(objects) else []
        catalog.suspect([home.place_of(error.path)], keys)
        raise


def describe(home: Home, path: Path) -> FileContent:
    """The catalog's record of a file as it is now."""
    before = path.stat()
    return FileContent(home.place_of(path), before.st_size, before.st_mtime_ns, checksum(path))


def staged_paths(home: Home, file: StagedFile) -> list[Path]:
    """All staged files of a raw file."""
    days = [staged_file(home.lake, day.sale_date, file.file_id) for day in file.days]
    return [*days, rejected_file(home.lake, file.file_id)]


def cleaned_paths(home: Home, day: CleanedDay) -> list[Path]:
    """All cleaned files of a day."""
    sales = [cleaned_file(home.lake, day.sale_date)] if day.sha256 else []
    return [*sales, *([duplicate_file(home.lake, day.sale_date)] if day.duplicates else [])]
