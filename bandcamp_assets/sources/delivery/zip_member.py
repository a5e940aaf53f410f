"""Opens a delivered file as one stream of bytes: plain, compressed, or a member of a zip.

Nothing is ever extracted to disk. `zip_directory` refuses zips by their directory alone, `packed_stream`
decompresses other files, and `recognition` finds what the bytes are.
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
from bandcamp_assets.sources.delivery.zip_directory import (
    DEFAULT_LIMITS,
    ZipLimits,
    damaged,
    files_of_sales,
    is_litter,
)
from bandcamp_assets.system.disk import disk_error
from bandcamp_assets.system.errors import PlatformError

_BUFFER_BYTES = 1 << 20
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
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
    """A file of sales in a zip, as its directory describes it.

    Attributes:
        name: Its name, with folders.
        size_bytes: Its decompressed size.
        packed_bytes: Its compressed size.
    """

    name: str
    size_bytes: int
    packed_bytes: int


@dataclass(frozen=True)
class ZipMembers:
    """What a zip contains: files of sales, and the names of all others but litter."""

    sales: tuple[ZipMember, ...]
    others: tuple[str, ...] = ()


def is_zip(path: Path) -> bool:
    """Whether a file is a zip, by its first bytes and not by its name."""
    return first_bytes(path).startswith(_ZIP_MAGIC)


def check_zip(path: Path, *, limits: ZipLimits = DEFAULT_LIMITS) -> ZipMembers:
    """Check that a zip contains files of sales and nothing hostile, and describe them.

    This reads only the directory. Whether the files are sound is known only after they were read to their ends.

    Raises:
        PlatformError: If the zip is damaged, hostile or encrypted, or does not contain a file of sales.
    """
    with _open_zip(path) as archive:
        infos = archive.infolist()
        found = files_of_sales(infos, path, limits)
        members = tuple(ZipMember(info.filename, info.file_size, info.compress_size) for info in found)
        others = [info.filename for info in infos if not is_litter(info) and info not in found]
        return ZipMembers(members, tuple(others))


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
    if start.startswith(_ZIP_MAGIC):
        with (
            _open_zip(path) as archive,
            _open_member(archive, _info(archive, member, path, limits), path) as stream,
        ):
            yield stream
    elif packing:
        with open_packed(path, packing, limits=limits) as stream:
            _refuse_other_kinds(stream.peek(16)[:16], str(path))  # type: ignore[attr-defined] # it is buffered
            yield stream
    else:
        try:
            file = path.open("rb", buffering=0)
        except OSError as error:
            raise disk_error(error, path) from error
        with io.BufferedReader(_PlainStream(file, path), _BUFFER_BYTES) as stream:
            _refuse_other_kinds(stream.peek(16)[:16], str(path))
            yield stream


def _info(archive: zipfile.ZipFile, member: str, path: Path, limits: ZipLimits) -> zipfile.ZipInfo:
    found = files_of_sales(archive.infolist(), path, limits)
    if member:
        found = [info for info in found if info.filename == member]
    if len(found) != 1:
        raise PlatformError(
            f"The zip does not contain exactly one file of sales, but {len(found)}",
            where=str(path),
            remedy="name the one that is meant",
        )
    return found[0]


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
        _refuse_other_kinds(stream.peek(16)[:16], where)
        yield stream


def _refuse_other_kinds(start: bytes, where: str) -> None:
    """Refuse what is packed a second time, and what is not text."""
    kind = next((name for magic, name in _OTHER_KINDS.items() if start.startswith(magic)), None)
    kind = "zip" if start.startswith(_ZIP_MAGIC) else kind
    if kind is not None:
        raise PlatformError(
            f"This is not a CSV but {'an' if kind[0] in 'Ax' else 'a'} {kind} file",
            where=where,
            remedy="deliver it as CSV in UTF-8, by itself or in a zip",
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


def _unreadable(error: Exception, path: Path, where: str) -> PlatformError:
    """Distinguish a fault of the disk from one of the zip."""
    if isinstance(error, OSError) and error.errno is not None:
        return disk_error(error, path)
    return damaged(where)
