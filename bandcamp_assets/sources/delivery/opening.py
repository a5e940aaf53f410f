"""Opens a delivered file as one stream of bytes: plain, compressed, or a member of a zip.

`zip_member` and `packed_stream` decompress, and `recognition` finds what the bytes are.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal

from bandcamp_assets.sources.delivery.packed_stream import open_packed, packing_of
from bandcamp_assets.sources.delivery.zip_directory import DEFAULT_LIMITS, ZipLimits
from bandcamp_assets.sources.delivery.zip_member import BUFFER_BYTES, ZIP_MAGIC, open_member
from bandcamp_assets.system.disk import disk_error
from bandcamp_assets.system.errors import PlatformError

_OTHER_KINDS = {
    b"\x1f\x8b": "gzip",
    b"\xfd7zXZ\x00": "xz",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"BZh": "bzip2",
    b"Rar!": "rar",
    b"\x28\xb5\x2f\xfd": "zstandard",
    b"PAR1": "Parquet",
    b"ARROW1": "Arrow",
    b"SQLite format 3\0": "SQLite",
    b"\xd0\xcf\x11\xe0": "spreadsheet (.xls)",
    b"%PDF": "PDF",
}
"""The first bytes of files that are not text."""


def is_zip(path: Path) -> bool:
    """Whether a file is a zip, by its first bytes and not by its name."""
    return first_bytes(path).startswith(ZIP_MAGIC)


def first_bytes(path: Path) -> bytes:
    """The first bytes of a file, which show how it is packed.

    Raises:
        PlatformError: If it cannot be read.
    """
    try:
        with path.open("rb") as handle:
            return handle.read(16)
    except OSError as error:
        raise disk_error(error, path) from error


@contextmanager
def open_delivered(path: Path, member: str = "", *, limits: ZipLimits = DEFAULT_LIMITS) -> Iterator[BinaryIO]:
    """Open a delivered file, decompressed while it is read.

    Args:
        path: The file.
        member: Which member of a zip; if empty, its only file of sales.
        limits: Limits of the decompressed size.

    Raises:
        PlatformError: If it cannot be opened, or if what is in it is packed again or is not text. Any read, also
            the last one, may raise it if the data is damaged.
    """
    start = first_bytes(path)
    packing = packing_of(start)
    if start.startswith(ZIP_MAGIC):
        with open_member(path, member, limits) as (stream, where):
            _refuse_other_kinds(stream.peek(16)[:16], where)  # type: ignore[attr-defined] # it is buffered
            yield stream
    elif packing:
        with open_packed(path, packing, limits=limits) as stream:
            _refuse_other_kinds(stream.peek(16)[:16], str(path))  # type: ignore[attr-defined]
            yield stream
    else:
        try:
            file = path.open("rb", buffering=0)
        except OSError as error:
            raise disk_error(error, path) from error
        with io.BufferedReader(_PlainStream(file, path), BUFFER_BYTES) as stream:
            _refuse_other_kinds(stream.peek(16)[:16], str(path))
            yield stream


def _refuse_other_kinds(start: bytes, where: str) -> None:
    """Refuse what is packed a second time, and what is not text."""
    kind = next((name for magic, name in _OTHER_KINDS.items() if start.startswith(magic)), None)
    kind = "zip" if start.startswith(ZIP_MAGIC) else kind
    if kind is not None:
        raise PlatformError(
            f"This is not a CSV but {'an' if kind[0] in 'Ax' else 'a'} {kind} file",
            where=where,
            remedy="deliver it as CSV in UTF-8, by itself or in a zip",
        )


class _PlainStream(io.RawIOBase):
    """The bytes of a file, with errors for people."""

    def __init__(self, file: io.FileIO, path: Path) -> None:
        super().__init__()
        self._file = file
        self._path = path

    def readable(self) -> Literal[True]:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int | None:  # type: ignore[override]
        try:
            return self._file.readinto(buffer)
        except OSError as error:
            raise disk_error(error, self._path) from error

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()
