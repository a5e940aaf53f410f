"""Where a record ends that is too long to be kept in memory, or whether it is one line with a quote left open.

Whatever lies behind an open quote is read ahead up to the quote that decides it, however far away that is, and is
kept on disk meanwhile: where the quote turns out to be left open, all of it is read again, line by line. What is
too long for a record is the concern of `chunks`.
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
    """A stream from which one may read ahead, and go back to where one was.

    Args:
        stream: The bytes.
        folder: Where what was read ahead is kept, in a file without a name; the system's folder for such if None.
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
        """Read up to so many bytes; none at the end only."""
        if self._kept is not None:
            if block := self._kept.read(size):
                return block
            self._forget()
        return self._stream.read(size)

    def ahead(self, size: int) -> Iterator[bytes]:
        """Read on in blocks, after which one may still go back."""
        if self._kept is None:
            self._kept = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 - closed by `_forget`
        self._back_to = self._kept.tell()
        while block := self._kept.read(size):
            yield block
        while block := self._stream.read(size):
            self._kept.write(block)
            yield block

    def back(self) -> None:
        """Go back to where reading ahead began."""
        if self._kept is not None:
            self._kept.seek(self._back_to)

    def _forget(self) -> None:
        if self._kept is not None:
            self._kept.close()
            self._kept = None


def end_of_long_record(beginning: bytes, source: ReadAhead, block_bytes: int) -> tuple[int | None, bytes]:
    """Find where a record ends.

    Args:
        beginning: Text that begins with the record, and does not hold its end, or it cannot be told yet.
        source: What follows the text; afterwards it stands behind what is given back.
        block_bytes: How many bytes to read at a time.

    Returns:
        How many bytes of the beginning are a line that stands alone, whose quote is left open; None where the
        whole beginning is part of the record. And what was read that stands behind the line, or the record.
    """
    first = LineReader(in_quotes=False)
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
    closed = _behind_quotes(behind, source, block_bytes)
    if closed is not None:
        return None, closed
    return (end if block is beginning else None), behind


def _behind_quotes(text: bytes, source: ReadAhead, block_bytes: int) -> bytes | None:
    """Read on from inside of a quoted field to the end of the record.

    Returns:
        What was read behind it. None where the quotes are broken or left open; nothing was read then.
    """
    line = LineReader(in_quotes=True)
    for block in chain([text], source.ahead(block_bytes)):
        start = 0
        while start >= 0 and not line.is_broken:
            # Inside of quotes a line break is text like any other.
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
