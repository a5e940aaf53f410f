"""Opens a file compressed with gzip, zstandard, bzip2 or xz as one stream of bytes, with a limit on its size.

`zip_member` handles the contents, and zips.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO, Literal, Protocol

import pyarrow as pa

from bandcamp_assets.sources.delivery.zip_directory import DEFAULT_LIMITS, ZipLimits
from bandcamp_assets.system.disk import disk_errors
from bandcamp_assets.system.errors import PlatformError

_BUFFER_BYTES = 1 << 20

_MEMORY_BYTES = 2**28
"""The most memory that xz may ask for. Its strongest setting asks for a quarter of it."""

PACKINGS = {
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstandard",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
}
"""The first bytes of a compressed file, and the name of the compression."""


def packing_of(start: bytes) -> str | None:
    """The compression of a file by its first bytes; None if it is not a supported one."""
    return next((name for magic, name in PACKINGS.items() if start.startswith(magic)), None)


@contextmanager
def open_packed(path: Path, packing: str, *, limits: ZipLimits = DEFAULT_LIMITS) -> Iterator[BinaryIO]:
    """Open a compressed file; it is decompressed while it is read.

    Args:
        path: The file.
        packing: One of `PACKINGS`.
        limits: Limits of the decompressed size.

    Raises:
        PlatformError: If it cannot be opened. Any read may also raise it, if the file is damaged, cut short, or a
            bomb.
    """
    with (
        disk_errors(path),
        path.open("rb") as file,
        _unpacked(file, packing) as inner,
    ):
        stream = _UnpackedStream(inner, path, path.stat().st_size, limits)
        with io.BufferedReader(stream, _BUFFER_BYTES) as buffered:
            yield buffered


class _Unpacker(Protocol):
    """A stream that decompresses what it reads."""

    def read(self, size: int, /) -> bytes: ...


def _unpacked(file: BinaryIO, packing: str) -> AbstractContextManager[_Unpacker]:
    if packing == "gzip":
        # Python's own reader accepts zeros after the end, as gunzip does; Arrow's reports them as damage.
        return gzip.GzipFile(fileobj=file)
    if packing == "bzip2":
        return nullcontext(_Streams(file, bz2.BZ2Decompressor))
    if packing == "xz":
        return nullcontext(_Streams(file, lambda: lzma.LZMADecompressor(memlimit=_MEMORY_BYTES)))
    stream: AbstractContextManager[_Unpacker] = pa.CompressedInputStream(pa.PythonFile(file), "zstd")
    return stream


class _Streams:
    """Streams of bzip2 or xz, one after the other, and zeros. Python's own readers skip what is damaged."""

    def __init__(self, file: BinaryIO, begin: Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor]) -> None:
        self._file, self._begin = file, begin
        self._decompressor = begin()

    def read(self, size: int) -> bytes:
        while True:
            if self._decompressor.eof:
                data = self._behind()
                if not data:
                    return b""
                self._decompressor = self._begin()
            else:
                data = self._file.read(_BUFFER_BYTES) if self._decompressor.needs_input else b""
                if not data and self._decompressor.needs_input:
                    raise EOFError
            chunk = self._decompressor.decompress(data, size)
            if chunk:
                return chunk

    def _behind(self) -> bytes:
        """What follows a stream and is not a zero."""
        data = self._decompressor.unused_data.lstrip(b"\0")
        while not data and (block := self._file.read(_BUFFER_BYTES)):
            data = block.lstrip(b"\0")
        return data


class _UnpackedStream(io.RawIOBase):
    """The decompressed bytes of a file, with errors for people, and a limit."""

    def __init__(self, inner: _Unpacker, path: Path, packed_bytes: int, limits: ZipLimits) -> None:
        super().__init__()
        self._inner = inner
        self._path = path
        self._size_bytes = 0
        by_ratio = max(limits.ratio_free_bytes, int(packed_bytes * limits.max_ratio))
        self._limit_bytes = min(limits.max_csv_bytes, by_ratio)

    def readable(self) -> Literal[True]:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        try:
            chunk = self._inner.read(len(buffer))
        except (OSError, ValueError, EOFError, zlib.error, lzma.LZMAError) as error:
            raise PlatformError(
                "The compressed file is damaged or incomplete",
                where=str(self._path),
                remedy="get the file again, and check that it is copied completely",
            ) from error
        self._size_bytes += len(chunk)
        if self._size_bytes > self._limit_bytes:
            raise PlatformError(
                f"The file decompresses to more than {self._limit_bytes:,} bytes, too many for a file of sales",
                where=str(self._path),
                remedy="check where it comes from; decompress it yourself if you trust it",
            )
        buffer[: len(chunk)] = chunk
        return len(chunk)
