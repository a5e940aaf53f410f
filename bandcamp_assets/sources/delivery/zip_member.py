"""Opens a delivered file as one stream of bytes: plain, compressed with gzip or zstandard, or a zip with one CSV.

Nothing is ever extracted to disk. `zip_directory` refuses zips by their directory alone, and `lake` parses the
CSV.
"""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, cast

from bandcamp_assets.sources.delivery.packed_stream import open_packed, packing_of
from bandcamp_assets.sources.delivery.zip_directory import DEFAULT_LIMITS, ZipLimits, damaged, single_csv
from bandcamp_assets.system.disk import disk_error
from bandcamp_assets.system.errors import PlatformError

_BUFFER_BYTES = 1 << 20
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OTHER_PACKINGS = {
    b"\x1f\x8b": "gzip",
    b"\xfd7zXZ\x00": "xz",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"BZh": "bzip2",
    b"Rar!": "rar",
    b"\x28\xb5\x2f\xfd": "zstandard",
    b"PAR1": "Parquet",
}
# All errors that `zipfile` and its libraries raise on damaged input; bz2 raises OSError.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    RuntimeError,
    ValueError,
    OverflowError,
    OSError,
)


@dataclass(frozen=True)
class ZipMember:
    """The one CSV in a zip, as its directory describes it.

    Attributes:
        name: Its name, with folders.
        size_bytes: Its decompressed size.
        packed_bytes: Its compressed size.
    """

    name: str
    size_bytes: int
    packed_bytes: int


def is_zip(path: Path) -> bool:
    """Whether a file is a zip, by its first bytes and not by its name."""
    return _first_bytes(path).startswith(_ZIP_MAGIC)


def is_packed(path: Path) -> bool:
    """Whether a file is compressed with gzip or zstandard, by its first bytes."""
    return packing_of(_first_bytes(path)) is not None


def check_zip(path: Path, *, limits: ZipLimits = DEFAULT_LIMITS) -> ZipMember:
    """Check that a zip contains one CSV and nothing hostile, and describe that CSV.

    This reads only the directory and the first bytes of the CSV. Whether the whole CSV is sound is known only
    after `open_delivered` has read it to its end.

    Raises:
        PlatformError: If the zip is damaged, hostile, encrypted, or does not contain exactly one CSV.
    """
    with _open_zip(path) as archive:
        info = single_csv(archive.infolist(), path, limits)
        with _open_member(archive, info, path):
            pass
        return ZipMember(info.filename, info.file_size, info.compress_size)


@contextmanager
def open_single_csv(path: Path, *, limits: ZipLimits = DEFAULT_LIMITS) -> Iterator[BinaryIO]:
    """Open the one CSV of a zip; it is decompressed while it is read.

    Raises:
        PlatformError: As `check_zip`. Any read, also the last one, may raise it if the data is damaged.
    """
    with _open_zip(path) as archive:
        info = single_csv(archive.infolist(), path, limits)
        with _open_member(archive, info, path) as stream:
            yield stream


@contextmanager
def open_delivered(path: Path, *, limits: ZipLimits = DEFAULT_LIMITS) -> Iterator[BinaryIO]:
    """Open a CSV or pages of the feed: plain, compressed, or a CSV in a zip.

    Raises:
        PlatformError: If it cannot be opened. Any read may also raise it.
    """
    if is_zip(path):
        with open_single_csv(path, limits=limits) as stream:
            yield stream
        return
    packing = packing_of(_first_bytes(path))
    if packing:
        with open_packed(path, packing, limits=limits) as stream:
            _refuse_packed(stream.peek(8)[:8], str(path))  # type: ignore[attr-defined] # it is buffered
            yield stream
        return
    try:
        file = path.open("rb", buffering=0)
    except OSError as error:
        raise disk_error(error, path) from error
    with io.BufferedReader(_PlainStream(file, path), _BUFFER_BYTES) as stream:
        _refuse_packed(stream.peek(8)[:8], str(path))
        yield stream


def holds_pages(path: Path) -> bool:
    """Whether a file contains pages of the feed and not CSV, by its content and not by its name.

    Raises:
        PlatformError: If it cannot be read.
    """
    with open_delivered(path) as stream:
        return stream.read(_BUFFER_BYTES).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")


@contextmanager
def _open_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(path)
    except _DAMAGE as error:
        raise _unreadable(error, path, str(path)) from error
    with archive:
        yield archive


@contextmanager
def _open_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path) -> Iterator[BinaryIO]:
    where = f"{path}, member {info.filename!r}"
    try:
        member = cast("zipfile.ZipExtFile", archive.open(info))
    except _DAMAGE as error:
        raise _unreadable(error, path, where) from error
    with io.BufferedReader(_MemberStream(member, info.file_size, path, where), _BUFFER_BYTES) as stream:
        _refuse_packed(stream.peek(8)[:8], where)
        yield stream


def _refuse_packed(start: bytes, where: str) -> None:
    """Refuse a CSV that is compressed a second time."""
    kind = next((name for magic, name in _OTHER_PACKINGS.items() if start.startswith(magic)), None)
    kind = "zip" if start.startswith(_ZIP_MAGIC) else kind
    if kind is not None:
        raise PlatformError(
            f"This is not a CSV but a {kind} file",
            where=where,
            remedy="extract it and give the path of the CSV itself, or of a zip with the CSV in it",
        )


class _MemberStream(io.RawIOBase):
    """The bytes of one member: exactly as many as its directory entry says."""

    def __init__(self, member: zipfile.ZipExtFile, size_bytes: int, path: Path, where: str) -> None:
        super().__init__()
        self._member = member
        self._missing_bytes = size_bytes
        self._path = path
        self._where = where

    def readable(self) -> Literal[True]:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        try:
            chunk = self._member.read1(len(buffer)) if len(buffer) else b""
        except _DAMAGE as error:
            raise _unreadable(error, self._path, self._where) from error
        self._missing_bytes -= len(chunk)
        # `zipfile` verifies the checksum at the end, but not that the member has the announced size.
        if self._missing_bytes < 0 or (self._missing_bytes > 0 and not chunk and len(buffer)):
            raise damaged(self._where)
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        if not self.closed:
            self._member.close()
        super().close()


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


def _first_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as handle:
            return handle.read(8)
    except OSError as error:
        raise disk_error(error, path) from error


def _unreadable(error: Exception, path: Path, where: str) -> PlatformError:
    """Distinguish a fault of the disk from one of the zip."""
    if isinstance(error, OSError) and error.errno is not None:
        return disk_error(error, path)
    return damaged(where)
