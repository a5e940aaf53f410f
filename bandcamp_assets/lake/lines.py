"""From a chunk of bytes to its lines, each readable, and with its fault if it is known to be no record.

Lines that make a record together, by `joining`, stand as one. Those that are no UTF-8 are shown with codes for
their bytes. Which of them are records stands in `records`.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from uuid import uuid4

import polars as pl

from bandcamp_assets.lake.chunks import MAX_RECORD_BYTES
from bandcamp_assets.lake.joining import Range

LINE_SCHEMA = {"position": pl.Int64, "line": pl.String, "fault": pl.String}
"""A line, or those of a record together: the place in the chunk (from 0), the text, and why it is no record."""

Apart = tuple[str, str | None]
"""A line that was set apart: its text, and its fault."""

_WINDOWS_BYTES = (2**19, 2**16)
"""How much text around a line that is no UTF-8 is looked at again, in ever smaller windows, and then by line."""

_SPARE_BYTES = 8
"""Left of a line beyond what a record may have: at its end a letter, or a carriage return, may be taken off."""

_UNREADABLE, _JOINED = f"\0{uuid4().hex}", f"\0{uuid4().hex}"
"""Stand for a line that is no UTF-8, and for lines that are joined. No delivered line can be the same."""


def read_lines(chunk: bytes, joined: Sequence[Range] = ()) -> pl.DataFrame:
    """Split a chunk into `LINE_SCHEMA`. Bytes that cannot be text become a fault, and readable.

    Args:
        chunk: Whole records.
        joined: The places of those of several lines.
    """
    single, records = _set_apart_joined(chunk, joined)
    readable, unreadable = _set_apart_unreadable(_shorten(single))
    # Polars unpacks what begins like a packed file (so does a record that begins with `x^`). The line break
    # prevents it; the blank line it makes is no record.
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
    """Take the records of several lines out, and leave `_JOINED` in their places."""
    if not joined:
        return chunk, []
    view = memoryview(chunk)
    parts: list[bytes | memoryview] = [b"\n"]  # See `read_lines`; here it costs nothing.
    records: list[Apart] = []
    done = 0
    for start, end in joined:
        parts += [view[done:start], _JOINED.encode(), b"\n"]
        record = _record_text(chunk[start:end])
        records.append((record.decode(errors="backslashreplace"), _fault_of(record)))
        done = end
    return b"".join([*parts, view[done:]]), records


def _record_text(lines: bytes) -> bytes:
    """A record of several lines with plain line breaks, and without the last one; cut if it is much too long."""
    record = lines.removesuffix(b"\n").removesuffix(b"\r").replace(b"\r\n", b"\n")
    if len(record) <= MAX_RECORD_BYTES + _SPARE_BYTES:
        return record
    return _whole_letters(record[: MAX_RECORD_BYTES + _SPARE_BYTES]).removesuffix(b"\r")


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


def _set_apart_unreadable(part: bytes, sizes: tuple[int, ...] = _WINDOWS_BYTES) -> tuple[bytes, list[Apart]]:
    """Take the lines out that are no UTF-8, and leave `_UNREADABLE` in their places.

    Returns:
        The text as UTF-8, and the lines taken out, readable, with their faults, in their order.
    """
    if _is_text(part):
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


def _put_back(lines: pl.DataFrame, apart: Mapping[str, Sequence[Apart]]) -> pl.DataFrame:
    """Put the lines that were set apart into the places of what stands for them."""
    text, faults = lines["line"].clone(), lines["fault"].clone()
    for placeholder, given in apart.items():
        if given:
            places = (lines["line"] == placeholder).arg_true()
            found = pl.DataFrame(given, schema={"line": pl.String, "fault": pl.String}, orient="row")
            # An update by a join takes twenty times as long.
            text = text.scatter(places, found["line"])
            faults = faults.scatter(places, found["fault"])
    return lines.with_columns(text, faults)
