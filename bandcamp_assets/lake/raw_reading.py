"""Compares a raw file with its checksum while it is parsed, in a second thread."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from bandcamp_assets.lake.damage import NOT_RECORDED, RAW_REMEDY, DamagedFileError
from bandcamp_assets.sources.raw_file import RawFile
from bandcamp_assets.system.checksums import checksum, sha256_of


class RawFileWhileRead:
    """Compares a raw file with its checksum while other code reads it. Call `finish` before using the result."""

    def __init__(self, path: Path, file: RawFile, crc32c: str = NOT_RECORDED) -> None:
        self._path, self._file, self._crc32c = path, file, crc32c
        pool = ThreadPoolExecutor()
        self._is_right = pool.submit(self._compare)
        pool.shutdown(wait=False)

    def _compare(self) -> bool:
        if self._crc32c:
            return checksum(self._path) == self._crc32c
        return sha256_of(self._path) == self._file.sha256

    @contextmanager
    def is_to_blame(self) -> Iterator[None]:
        """If reading fails and the file is damaged, report the damage instead of the reader's error.

        Raises:
            DamagedFileError: If reading failed and the bytes are not those that landed. Other errors pass.
        """
        try:
            yield
        except Exception:
            self.finish()
            raise

    def finish(self) -> None:
        """Wait for the result of the comparison.

        Raises:
            DamagedFileError: If the bytes are not those that landed.
        """
        if not self._is_right.result():
            raise damaged_raw(self._path, self._file)


def damaged_raw(path: Path, file: RawFile) -> DamagedFileError:
    """The error for a raw file whose bytes are not those that landed."""
    return DamagedFileError(
        f"The raw file {file.name} is damaged: its bytes are not those that landed", path=path, remedy=RAW_REMEDY
    )
