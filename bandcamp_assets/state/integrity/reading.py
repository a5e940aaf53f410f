"""What a layer reads is compared with what the catalog recorded of it, before anything is made from it."""

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
    "run `bandcamp run`, or materialize cleaned_sales for that day: it is made anew from the staged files"
)
OBJECT_REMEDY = "run `bandcamp run`, or materialize sales_objects for that day: it is put anew from the lake"


def require_cleaned(home: Home, catalog: Catalog, days: Iterable[CleanedDay]) -> None:
    """See that the cleaned files of days are those that were recorded, before anything is made from them.

    Raises:
        DamagedFileError: If one is not.
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
    """See that a raw file is as it landed: by the checksum recorded of it, else by its SHA-256.

    Returns:
        The file as it is now.

    Raises:
        DamagedFileError: If it is not.
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
    """Let the catalog know of a file that turns out to be damaged, so that the next run looks at its bytes.

    Size and time of a file say nothing where a disk lost a bit.

    Raises:
        DamagedFileError: As it came.
    """
    try:
        yield
    except DamagedFileError as error:
        objects = home.objects
        keys = [error.path.relative_to(objects).as_posix()] if error.path.is_relative_to(objects) else []
        catalog.suspect([home.place_of(error.path)], keys)
        raise


def describe(home: Home, path: Path) -> FileContent:
    """A file as it is now, for the catalog."""
    before = path.stat()
    return FileContent(home.place_of(path), before.st_size, before.st_mtime_ns, checksum(path))


def staged_paths(home: Home, file: StagedFile) -> list[Path]:
    """All that is staged of a raw file."""
    days = [staged_file(home.lake, day.sale_date, file.file_id) for day in file.days]
    return [*days, rejected_file(home.lake, file.file_id)]


def cleaned_paths(home: Home, day: CleanedDay) -> list[Path]:
    """All that is cleaned of a day."""
    sales = [cleaned_file(home.lake, day.sale_date)] if day.sha256 else []
    return [*sales, *([duplicate_file(home.lake, day.sale_date)] if day.duplicates else [])]
