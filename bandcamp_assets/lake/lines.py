"""Splits a chunk of bytes into lines of text, each with its fault if it cannot be a record.

The lines of one record, found by `joining`, become one line. Bytes that are not UTF-8 are shown as codes.
`records` decides which lines are records.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from uuid import uuid4

import polars as pl

from bandcamp_assets.lake.chunks import MAX_RECORD_BYTES
from bandcamp_assets.lake.joining import Range
from bandcamp_assets.sources.delivery.encoding import is_text

LINE_SCHEMA = {"position": pl.Int64, "line": pl.String, "fault": pl.String}
"""A line, or the lines of one record: its position in the chunk (from 0), its text, and its fault, if any."""

Apart = tuple[str, str | None]
"""A line that was set apart: its text and its fault."""

_WINDOWS_BYTES = (2**19, 2**16)
"""Bytes that are not UTF-8 are located in windows of these sizes, first the larger, and then line by line."""

_SPARE_BYTES = 8
"""Kept beyond the longest record, as a cut character or a carriage return may be removed at the end."""

_UNREADABLE, _JOINED = f"\0{uuid4().hex}", f"\0{uuid4().hex}"
"""Placeholders for lines that are not UTF-8, and for joined lines. No delivered line can equal them."""


def read_lines(chunk: bytes, joined: Sequence[Range] = ()) -> pl.DataFrame:
    """Split a chunk into `LINE_SCHEMA`. Bytes that are not text are a fault, and are written as codes.

    Args:
        chunk: Whole records.
        joined: The positions of records of several lines.
    """
    single, records = _set_apart_joined(chunk, joined)
    readable, unreadable = _set_apart_unreadable(_shorten(single))
    # Polars decompresses what begins like a compressed file, such as a record that begins with `x^`. The line
    # break prevents that. The blank line that it adds is not a record.
    source = io.BytesIO(readable if readable.startswith(b"\n") else b"\n" + readable)
    lines = pl.scan_lines(source, name="line", row_index_name="position").collect()
    lines = lines.with_columns(pl.col("position").cast(pl.Int64), fault=pl.lit(None, pl.String))
    lines = _put_back(lines, {_UNREADABLE: unreadable, _JOINED: records})
    faults = pl.coalesce(
        "fault",
        pl.when(pl.col("line").str.contains("\0", literal=True)).then(pl.lit("the record holds a NUL byte")),
        pl.when(pl.col("line").str.len_bytes() > MAX_RECORD_BYTES).then(
            pl.lit(f"the record is longer than {MAX_RECORD_BYTES} bytes")
        ),
    )
    return lines.with_columns(fault=faults).select(*LINE_SCHEMA)


def _set_apart_joined(chunk: bytes, joined: Sequence[Range]) -> tuple[bytes, list[Apart]]:
    """Take out the records of several lines, and leave `_JOINED` in their places."""
    if not joined:
        return chunk, []
    view = memoryview(chunk)
    parts: list[bytes | memoryview] = [b"\n"]  # as in `read_lines`; here it costs nothing
    records: list[Apart] = []
    done = 0
    for start, end in joined:
        parts += [view[done:start], _JOINED.encode(), b"\n"]
        record = _record_text(chunk[start:end])
        records.append((record.decode(errors="backslashreplace"), _fault_of(record)))
        done = end
    return b"".join([*parts, view[done:]]), records


def _record_text(lines: bytes) -> bytes:
    """A record of several lines with LF as line breaks, and none at its end; cut if it is much too long."""
    record = lines.removesuffix(b"\n").removesuffix(b"\r").replace(b"\r\n", b"\n")
    if len(record) <= MAX_RECORD_BYTES + _SPARE_BYTES:
        return record
    return _whole_letters(record[: MAX_RECORD_BYTES + _SPARE_BYTES]).removesuffix(b"\r")


def _shorten(chunk: bytes) -> bytes:
    """Cut the lines that are much too long for a record. What is left of them is still too long."""
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
    """Remove the last character if it may have been cut in the middle."""
    for back in range(1, 4):
        if part[-back] & 0xC0 == 0xC0:
            return part[:-back]
        if part[-back] & 0xC0 != 0x80:
            break
    return part


def _set_apart_unreadable(part: bytes, sizes: tuple[int, ...] = _WINDOWS_BYTES) -> tuple[bytes, list[Apart]]:
    """Take out the lines that are not UTF-8, and leave `_UNREADABLE` in their places.

    Returns:
        The text as UTF-8, and the lines taken out, as text with their faults, in order.
    """
    if is_text(part):
        return part, []
    if not sizes:
        return _set_apart_lines(part)
    found = [_set_apart_unreadable(window, sizes[1:]) for window in _windows(part, sizes[0])]
    return b"".join(text for text, _ in found), [line for _, lines in found for line in lines]


def _set_apart_lines(part: bytes) -> tuple[bytes, list[Apart]]:
    lines = part.split(b"\n")
    unreadable: list[Apart] = []
    for at, line in enumerate(lines):
        if fault := _fault_of(line):
            unreadable.append((line.removesuffix(b"\r").decode(errors="backslashreplace"), fault))
            lines[at] = _UNREADABLE.encode()
    return b"\n".join(lines), unreadable


def _windows(part: bytes, size: int) -> Iterator[bytes]:
    """Cut a text after line breaks into windows of at least a size; the last may be shorter."""
    start = 0
    while start < len(part):
        end = part.find(b"\n", start + size) + 1 or len(part)
        yield part[start:end]
        start = end


def _fault_of(part: bytes) -> str | None:
    try:
        part.decode()
    except UnicodeDecodeError as error:
        return f"byte {error.start + 1} of the record is not UTF-8"
    return None


def _put_back(lines: pl.DataFrame, apart: Mapping[str, Sequence[Apart]]) -> pl.DataFrame:
    """Put the lines that were set apart back in place of their placeholders."""
    text, faults = lines["line"].clone(), lines["fault"].clone()
    for placeholder, given in apart.items():
        if given:
            places = (lines["line"] == placeholder).arg_true()
            found = pl.DataFrame(given, schema={"line": pl.String, "fault": pl.String}, orient="row")
            # An update by a join takes twenty times as long.
            text = text.scatter(places, found["line"])
            faults = faults.scatter(places, found["fault"])
    return lines.with_columns(text, faults)
