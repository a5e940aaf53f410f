"""From a chunk of bytes to its lines, each readable, and with its fault if it can be no part of a record.

Lines that are no UTF-8 are shown with codes for their bytes. Which records the lines make stands in `records`.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from uuid import uuid4

import polars as pl

from bandcamp_assets.lake.chunks import MAX_RECORD_BYTES

LINE_SCHEMA = {"position": pl.Int64, "line": pl.String, "fault": pl.String}
"""A line: its place in the chunk (from 0), its text, and why it is no record, if it is known to be none."""

_WINDOWS_BYTES = (2**19, 2**16)
"""How much text around a line that is no UTF-8 is looked at again, in ever smaller windows, and then by line."""

_SPARE_BYTES = 8
"""Left of a line beyond what a record may have: at its end a letter, or a carriage return, may be taken off."""

_PLACEHOLDER = f"\0{uuid4().hex}"
"""Stands for a line that is no UTF-8. No delivered line can be the same."""


def read_lines(chunk: bytes) -> pl.DataFrame:
    """Split a chunk into `LINE_SCHEMA`. Bytes that cannot be text become a fault, and readable."""
    readable, unreadable = _set_apart_unreadable(_shorten(chunk))
    # Polars unpacks what begins like a packed file (so does a record that begins with `x^`). The line break
    # prevents it; the blank line it makes is no record.
    source = io.BytesIO(b"\n" + readable)
    lines = pl.scan_lines(source, name="line", row_index_name="position").collect()
    lines = lines.with_columns(pl.col("position").cast(pl.Int64) - 1, fault=pl.lit(None, pl.String))
    lines = _put_back(lines, unreadable)
    faults = pl.coalesce(
        "fault",
        pl.when(pl.col("line").str.contains("\0", literal=True)).then(pl.lit("the record holds a NUL byte")),
        pl.when(pl.col("line").str.len_bytes() > MAX_RECORD_BYTES).then(
            pl.lit(f"the record is longer than {MAX_RECORD_BYTES} bytes")
        ),
    )
    return lines.with_columns(fault=faults).select(*LINE_SCHEMA)


def _shorten(chunk: bytes) -> bytes:
    """Cut the lines that are much too long for a record. What is left of them is too long still."""
    parts: list[bytes] = []
    start = kept = 0
    while len(chunk) - start > MAX_RECORD_BYTES:
        end = chunk.rfind(b"\n", start, start + MAX_RECORD_BYTES + 1)
        if end < 0:
            end = chunk.find(b"\n", start)
            end = len(chunk) if end < 0 else end
            if end - start > MAX_RECORD_BYTES + _SPARE_BYTES:
                parts.append(_whole_letters(chunk[kept : start + MAX_RECORD_BYTES + _SPARE_BYTES]))
                kept = end
        start = end + 1
    return b"".join([*parts, chunk[kept:]]) if parts else chunk


def _whole_letters(part: bytes) -> bytes:
    """Without the last letter, if the end may have been cut through it."""
    for back in range(1, 4):
        if part[-back] & 0xC0 == 0xC0:
            return part[:-back]
        if part[-back] & 0xC0 != 0x80:
            break
    return part


def _set_apart_unreadable(
    part: bytes, sizes: tuple[int, ...] = _WINDOWS_BYTES
) -> tuple[bytes, list[tuple[str, str]]]:
    """Take the lines out that are no UTF-8, and leave `_PLACEHOLDER` in their places.

    Returns:
        The text as UTF-8, and the lines taken out, readable, with their faults, in their order.
    """
    if _is_text(part):
        return part, []
    if not sizes:
        return _set_apart_lines(part)
    found = [_set_apart_unreadable(window, sizes[1:]) for window in _windows(part, sizes[0])]
    return b"".join(text for text, _ in found), [line for _, lines in found for line in lines]


def _set_apart_lines(part: bytes) -> tuple[bytes, list[tuple[str, str]]]:
    lines = part.split(b"\n")
    unreadable = []
    for at, line in enumerate(lines):
        if fault := _fault_of(line):
            unreadable.append((line.removesuffix(b"\r").decode(errors="backslashreplace"), fault))
            lines[at] = _PLACEHOLDER.encode()
    return b"\n".join(lines), unreadable


def _windows(part: bytes, size: int) -> Iterator[bytes]:
    """Cut a text behind line breaks, into windows of at least a size; the last may be shorter."""
    start = 0
    while start < len(part):
        end = part.find(b"\n", start + size) + 1 or len(part)
        yield part[start:end]
        start = end


def _is_text(part: bytes) -> bool:
    """Whether all of it is UTF-8. Asked of Polars, which is twenty times as fast as Python with much text."""
    try:
        pl.Series([part], dtype=pl.Binary).cast(pl.String)
    except pl.exceptions.ComputeError:
        return False
    return True


def _fault_of(part: bytes) -> str | None:
    try:
        part.decode()
    except UnicodeDecodeError as error:
        return f"byte {error.start + 1} of the record is no UTF-8"
    return None


def _put_back(lines: pl.DataFrame, unreadable: list[tuple[str, str]]) -> pl.DataFrame:
    """Put the lines that were set apart into their places."""
    if not unreadable:
        return lines
    places = lines.filter(pl.col("line") == _PLACEHOLDER).select("position")
    apart = places.hstack(pl.DataFrame(unreadable, schema=["line", "fault"], orient="row"))
    return lines.update(apart, on="position").select(*LINE_SCHEMA)
