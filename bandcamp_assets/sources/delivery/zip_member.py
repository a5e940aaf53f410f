"""Describes and reads the files of sales in a zip. Nothing is ever extracted to disk.

`zip_directory` refuses zips by their directory alone, and `opening` opens files of every packing.
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

from bandcamp_assets.sources.delivery.zip_directory import (
    DEFAULT_LIMITS,
    ZipLimits,
    damaged,
    files_of_sales,
    is_litter,
)
from bandcamp_assets.system.disk import disk_error
from bandcamp_assets.system.errors import PlatformError

BUFFER_BYTES = 1 << 20
ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
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
def open_member(path: Path, member: str, limits: ZipLimits) -> Iterator[tuple[BinaryIO, str]]:
    """Open a file of sales in a zip.

    Args:
        path: The zip.
        member: The name of the file; if empty, the only file of sales.
        limits: Limits of the decompressed size.

    Yields:
        Its bytes, decompressed while they are read, and its full name for people.

    Raises:
        PlatformError: If it cannot be opened. Any read, also the last one, may raise it if the data is damaged.
    """
    with _open_zip(path) as archive:
        info = _info(archive, member, path, limits)
        where = f"{path}, member {info.filename!r}"
        try:
            opened = cast("zipfile.ZipExtFile", archive.open(info))
        except _DAMAGE as error:
            raise _unreadable(error, path, where) from error
        with io.BufferedReader(_MemberStream(opened, info.file_size, path, where), BUFFER_BYTES) as stream:
            yield stream, where


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


def _unreadable(error: Exception, path: Path, where: str) -> PlatformError:
    """Distinguish a fault of the disk from one of the zip."""
    if isinstance(error, OSError) and error.errno is not None:
        return disk_error(error, path)
    return damaged(where)
