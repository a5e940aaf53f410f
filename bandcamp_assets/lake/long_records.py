"""Finds the end of a record that is too long for memory, or that its quote never closes.

The text after an open quote is read ahead up to the quote that closes or breaks it, however far away that is. It
is kept on disk meanwhile: if the quote never closes, all of it is read again, line by line. `chunks` defines how
long a record may be.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import IO, BinaryIO, Self

from bandcamp_assets.lake.quoting import LineReader


class ReadAhead:
    """A stream that can be read ahead, and then read again from where it was.

    Args:
        stream: The bytes.
        folder: The folder for a nameless file with the bytes read ahead; None for the system's temporary folder.
    """

    def __init__(self, stream: BinaryIO, folder: Path | None) -> None:
        self._stream = stream
        self._folder = folder
        self._kept: IO[bytes] | None = None
        self._back_to = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._forget()

    def read(self, size: int) -> bytes:
        """Read up to so many bytes; no bytes only at the end."""
        if self._kept is not None:
            if block := self._kept.read(size):
                return block
            self._forget()
        return self._stream.read(size)

    def ahead(self, size: int) -> Iterator[bytes]:
        """Read ahead in blocks; `back` undoes it."""
        if self._kept is None:
            self._kept = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 - closed by `_forget`
        self._back_to = self._kept.tell()
        while block := self._kept.read(size):
            yield block
        while block := self._stream.read(size):
            self._kept.write(block)
            yield block

    def back(self) -> None:
        """Go back to the position where reading ahead began."""
        if self._kept is not None:
            self._kept.seek(self._back_to)

    def _forget(self) -> None:
        if self._kept is not None:
            self._kept.close()
            self._kept = None


def end_of_long_record(
    beginning: bytes, source: ReadAhead, block_bytes: int, delimiter: bytes
) -> tuple[int | None, bytes]:
    """Find where a record ends.

    Args:
        beginning: Text that begins with the record, and in which no end of it was found.
        source: The bytes after the text. Afterwards it continues after the returned bytes.
        block_bytes: How many bytes to read at a time.
        delimiter: What separates the fields.

    Returns:
        If the first line has a quote that never closes, the number of its bytes; None if the whole beginning is
        part of the record. And the bytes that were read after that line, or after the record.
    """
    first = LineReader(in_quotes=False, delimiter=delimiter)
    block = beginning
    while (end := block.find(b"\n") + 1) == 0:
        first.read(block)
        block = source.read(block_bytes)
        if not block:
            return None, b""
    first.read(block[: end - 1])
    behind = block[end:]
    if not first.is_in_quotes:
        return None, behind
    closed = _behind_quotes(behind, source, block_bytes, delimiter)
    if closed is not None:
        return None, closed
    return (end if block is beginning else None), behind


def _behind_quotes(text: bytes, source: ReadAhead, block_bytes: int, delimiter: bytes) -> bytes | None:
    """Read on from inside a quoted field to the end of the record.

    Returns:
        The bytes read after the record. None if the quotes are broken or never close; nothing was read then.
    """
    line = LineReader(in_quotes=True, delimiter=delimiter)
    for block in chain([text], source.ahead(block_bytes)):
        start = 0
        while start >= 0 and not line.is_broken:
            # Inside quotes, a line break is ordinary text.
            start = block.find(b'"', start) if line.is_in_quotes else start
            if start >= 0:
                end = block.find(b"\n", start)
                line.read(block[start:end] if end >= 0 else block[start:])
                if end >= 0 and not (line.is_in_quotes or line.is_broken):
                    return block[end + 1 :]
                start = end
        if line.is_broken:
            break
    if not (line.is_in_quotes or line.is_broken):
        return b""
    source.back()
    return None
