"""Finds the encoding and the line ends of a text, and gives it in UTF-8 with LF.

A whole file that is Windows-1252 is read as such. A file in UTF-8 with some bad rows stays UTF-8, and only these
rows are rejected.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Callable
from typing import BinaryIO, Literal

import polars as pl

_BLOCK_BYTES = 2**20
_COUNTED_BYTES = 4 * 2**20
"""Lines of UTF-8 are counted in so much text, as a file of nothing else need not be counted at all."""

_MANY = 10
"""Of the lines that are not ASCII, so many times more are not UTF-8 than are, if a file is Windows-1252."""

_WORDS = re.compile(rb"[\x80-\xff]{3,}")
"""Letters in a row that are not ASCII, as in words of other scripts. Words in Windows-1252 hardly have any."""

_OTHERS = re.compile(rb"[\x80-\xff]+")

_UNDEFINED = b"\x81\x8d\x8f\x90\x9d"
"""Bytes that are nothing in Windows-1252."""

_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def encoding_by_start(start: bytes) -> str:
    """The encoding that the first bytes of a text show; empty if they show none."""
    marked = next((name for mark, name in _MARKS.items() if start.startswith(mark)), "")
    head = start[:64]
    if not marked and len(head) > 3 and not head[1::2].strip(b"\0"):
        return "utf-16-le"
    if not marked and len(head) > 3 and not head[::2].strip(b"\0"):
        return "utf-16-be"
    return marked


def is_text(part: bytes) -> bool:
    """Whether all of it is UTF-8. Polars checks a large text twenty times as fast as Python."""
    try:
        pl.Series([part], dtype=pl.Binary).cast(pl.String)
    except pl.exceptions.ComputeError:
        return False
    return True


class Tally:
    """Counts the lines that are UTF-8 and those that are not, of those that are not ASCII, block by block."""

    def __init__(self) -> None:
        self._rest = b""
        self._good = self._bad = self._counted_bytes = 0
        self._in_words = self._letters = 0
        self._is_possible = True

    def add(self, block: bytes) -> None:
        """Count the next block."""
        data = self._rest + block
        cut = max(data.rfind(b"\n"), data.rfind(b"\r")) + 1 or len(data)
        self._rest = data[cut:]
        self._count(data[:cut])

    def encoding(self) -> str:
        """The encoding, after the last block."""
        self._count(self._rest)
        self._rest = b""
        is_likely = self._bad > _MANY * self._good and 2 * self._in_words <= self._letters
        return "cp1252" if self._is_possible and is_likely else "utf-8"

    def _count(self, text: bytes) -> None:
        if text.isascii() or (self._counted_bytes > _COUNTED_BYTES and is_text(text)):
            return
        self._counted_bytes += len(text)
        for line in text.replace(b"\r", b"\n").split(b"\n"):
            if line.isascii():
                continue
            try:
                line.decode()
                self._good += 1
            except UnicodeDecodeError:
                self._bad += 1
                self._in_words += sum(map(len, _WORDS.findall(line)))
                self._letters += sum(map(len, _OTHERS.findall(line)))
                self._is_possible = self._is_possible and len(line.translate(None, _UNDEFINED)) == len(line)


def first_line(text: str) -> tuple[str, str]:
    """The first line of a text, and what ends it. Line breaks in quotes do not end it."""
    is_in_quotes = False
    for found in re.finditer(r'"|\r\n|\n|\r', text):
        if found[0] == '"':
            is_in_quotes = not is_in_quotes
        elif not is_in_quotes:
            return text[: found.start()], found[0]
    return text, "\n"


def in_utf8(stream: BinaryIO, encoding: str, line_end: str) -> BinaryIO:
    """A text as UTF-8 with lines that end in LF, or in CR and LF. A byte order mark may stay.

    What cannot be read as the encoding becomes bytes that are not UTF-8, so that its row is found to be bad.
    """
    recode = _recoder(encoding)
    if line_end == "\r":
        within = recode
        recode = lambda block, final: within(block, final).replace(b"\r", b"\n")  # noqa: E731
    elif encoding.startswith("utf-8"):
        return stream
    return io.BufferedReader(_Recoded(stream, recode), _BLOCK_BYTES)


Recode = Callable[[bytes, bool], bytes]


def _recoder(encoding: str) -> Recode:
    if encoding.startswith("utf-8"):
        return lambda block, _final: block
    if encoding == "cp1252":
        return lambda block, _final: block.decode("cp1252", "surrogateescape").encode("utf-8", "surrogateescape")
    decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")

    def recode(block: bytes, final: bool) -> bytes:
        try:
            text = decoder.decode(block, final)
        except UnicodeDecodeError:
            return b"\xff"  # half a character at the end
        return text.encode("utf-8", "surrogatepass")

    return recode


class _Recoded(io.RawIOBase):
    """The bytes of a text in another encoding."""

    def __init__(self, stream: BinaryIO, recode: Recode) -> None:
        super().__init__()
        self._stream, self._recode = stream, recode
        self._rest = memoryview(b"")
        self._is_done = False

    def readable(self) -> Literal[True]:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._rest and not self._is_done:
            block = self._stream.read(_BLOCK_BYTES)
            self._is_done = not block
            self._rest = memoryview(self._recode(block, self._is_done))
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size
