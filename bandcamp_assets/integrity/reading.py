"""What a layer reads is compared with what the catalog recorded of it, before anything is made from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from bandcamp_assets.catalog import Catalog, CleanedDay, FileContent, RawFile, StagedFile
from bandcamp_assets.checksums import checksum, sha256_of
from bandcamp_assets.errors import PlatformError
from bandcamp_assets.home import Home
from bandcamp_assets.lake.layout import cleaned_file, duplicate_file, rejected_file, staged_file

RAW_REMEDY = (
    "deliver the same file again (drop it into the inbox, or name it with --source), or put it back from a backup;"
    " then run again"
)
STAGED_REMEDY = "run `bandcamp run`, or materialize staged_sales: it is made anew from the raw file"
CLEANED_REMEDY = (
    "run `bandcamp run`, or materialize cleaned_sales for that day: it is made anew from the staged files"
)
OBJECT_REMEDY = "run `bandcamp run`, or materialize sales_objects for that day: it is put anew from the lake"

NOT_RECORDED = ""
"""Stands for the checksum of a file that an earlier version wrote: nothing says that it is wrong."""


class DamagedFileError(PlatformError):
    """A file is gone, or its bytes are not those that were recorded.

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
    """See that a file has its recorded checksum.

    Args:
        path: The file.
        crc32c: As recorded, or `NOT_RECORDED`.
        name: What a person calls such a file.
        remedy: What to do if not.

    Raises:
        DamagedFileError: If it is gone or has another one.
    """
    try:
        found = checksum(path) if crc32c else NOT_RECORDED
    except FileNotFoundError:
        found = None
    if found is None or not path.is_file():
        raise DamagedFileError(f"A {name} is gone", path=path, remedy=remedy)
    if found != crc32c:
        raise DamagedFileError(f"A {name} is damaged: it is not as it was written", path=path, remedy=remedy)


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
        raise _damaged_raw(path, file)
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


class RawFileWhileRead:
    """Compares a raw file with its checksum while something else reads it. Call `finish` before using that."""

    def __init__(self, path: Path, file: RawFile, crc32c: str = NOT_RECORDED) -> None:
        self._path, self._file, self._crc32c = path, file, crc32c
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="checksum")
        self._is_right = self._pool.submit(self._compare)
        self._pool.shutdown(wait=False)

    def _compare(self) -> bool:
        if self._crc32c:
            return checksum(self._path) == self._crc32c
        return sha256_of(self._path) == self._file.sha256

    @contextmanager
    def is_to_blame(self) -> Iterator[None]:
        """Say that the file is damaged, where it is, instead of what the reader made of that.

        Raises:
            DamagedFileError: If reading failed and the bytes are not those that landed. Else, whatever failed.
        """
        try:
            yield
        except Exception:
            self.finish()
            raise

    def finish(self) -> None:
        """Wait for the comparison.

        Raises:
            DamagedFileError: If the bytes are not those that landed.
        """
        if not self._is_right.result():
            raise _damaged_raw(self._path, self._file)


def _damaged_raw(path: Path, file: RawFile) -> DamagedFileError:
    return DamagedFileError(
        f"The raw file {file.name} is damaged: its bytes are not those that landed", path=path, remedy=RAW_REMEDY
    )


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
