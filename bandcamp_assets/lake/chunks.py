"""Reads the header from a stream of bytes, and cuts the rest into chunks that can be parsed independently.

`joining` finds the lines that form one record, and `records` finds its fields.
"""

from __future__ import annotations

import codecs
import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from bandcamp_assets.contract.sale import SOURCE_COLUMNS
from bandcamp_assets.lake.joining import Range, cut_in_two, find_joined
from bandcamp_assets.lake.long_records import ReadAhead, end_of_long_record
from bandcamp_assets.lake.quoting import LineReader
from bandcamp_assets.system.errors import PlatformError

CHUNK_BYTES = 8 * 2**20
"""Bytes of a chunk. Measured at 1,000,000 rows: half of it costs 5 % more time, twice of it 330 MiB more."""

MAX_RECORD_BYTES = 2**20
"""A longer record is malformed, so that a file without line breaks cannot fill the memory."""

MAX_CHUNK_LINES = 2 * 10**5
"""A chunk of sales has a tenth of this; a chunk of line breaks alone would take gigabytes of memory."""

MAX_HEADER_BYTES = 2**16
"""A file with a longer first line is refused, as the rest of that line must not be read as a record."""


def read_header(stream: BinaryIO, where: str) -> list[str]:
    """Read the header and check that it has every source column exactly once.

    Args:
        stream: The CSV's bytes, from the beginning.
        where: The file's name, for errors.

    Returns:
        The file's column names in its order, which include `SOURCE_COLUMNS`.

    Raises:
        PlatformError: If the file is empty, is not a CSV, or lacks a column.
    """
    line = _read_header_record(stream)
    if not line.strip():
        raise PlatformError(
            "The file is empty" if not line else "The file begins with a blank line, not with a header",
            where=where,
            remedy="deliver a CSV file whose first line names the columns",
        )
    if len(line) == MAX_HEADER_BYTES and not line.endswith(b"\n"):
        raise PlatformError(
            f"The file is not a CSV of sales: its first line is longer than {MAX_HEADER_BYTES} bytes",
            where=f"{where}, line 1",
            remedy="deliver a comma-separated file whose first line names the columns and nothing else",
        )
    try:
        text = line.decode("utf-8-sig").rstrip("\r\n")
        (names,) = csv.reader([text], strict=True)
    except (UnicodeDecodeError, csv.Error, ValueError) as error:
        raise PlatformError(
            "The file is not a CSV: its first line is not a header",
            where=f"{where}, line 1",
            remedy="deliver a comma-separated file in UTF-8 whose first line names the columns",
        ) from error
    _check_columns(names, where)
    return names


def _read_header_record(stream: BinaryIO) -> bytes:
    """Read the first line, and further lines if a quoted name contains line breaks."""
    record = line = stream.readline(MAX_HEADER_BYTES)
    quotes = LineReader(in_quotes=False)
    quotes.read(line.removeprefix(codecs.BOM_UTF8).removesuffix(b"\n"))
    while quotes.is_in_quotes and line.endswith(b"\n"):
        line = stream.readline(MAX_HEADER_BYTES - len(record))
        quotes.read(line.removesuffix(b"\n"))
        record += line
    return record


def _check_columns(names: list[str], where: str) -> None:
    missing = [name for name in SOURCE_COLUMNS if name not in names]
    if len(missing) == len(SOURCE_COLUMNS):
        raise PlatformError(
            "The file is not a CSV of sales: its first line names none of the columns",
            where=f"{where}, line 1",
            remedy=f"deliver a comma-separated file with the columns {', '.join(SOURCE_COLUMNS)}",
        )
    if missing:
        raise PlatformError(
            f"The file lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}",
            where=f"{where}, line 1",
            remedy="deliver the file with every column of the archive; a column may be empty",
        )
    times = Counter(names)
    twice = sorted(name for name in SOURCE_COLUMNS if times[name] > 1)
    if twice:
        raise PlatformError(
            f"The file has the column{'s' if len(twice) > 1 else ''} {', '.join(twice)} more than once",
            where=f"{where}, line 1",
            remedy="deliver the file with each column once",
        )


@dataclass(frozen=True)
class Chunk:
    """Whole records, which can be parsed independently of others.

    Attributes:
        data: Their bytes.
        joined: The positions of records of several lines (see `joining`).
        is_shortened: Whether this is only the beginning of one record that is much too long.
    """

    data: bytes
    joined: Sequence[Range]
    is_shortened: bool = False


def read_chunks(
    stream: BinaryIO, scratch: Path | None = None, *, chunk_bytes: int = CHUNK_BYTES
) -> Iterator[Chunk]:
    """Cut the bytes after the header into chunks of whole records.

    If a quoted field does not close within the longest record, all following bytes are searched for its end. So
    text in a quoted field is never read as records, and records are never read as text of a field. Only the
    beginning of a record that is too long is kept.

    Args:
        stream: The CSV's bytes, after the header.
        scratch: The folder for a nameless file with the bytes that were read ahead.
        chunk_bytes: How many bytes to read at a time. While no record ends, the blocks grow, because the bytes
            left over are searched again with each block.
    """
    carry = b""
    with ReadAhead(stream, scratch) as source:
        while block := source.read(max(chunk_bytes, min(len(carry), 2 * MAX_RECORD_BYTES))):
            data = carry + block
            joined, cut = find_joined(data, data.rfind(b"\n") + 1)
            if cut == 0 and len(data) > 2 * MAX_RECORD_BYTES:
                alone, carry = end_of_long_record(data, source, chunk_bytes)
                yield _beginning(data) if alone is None else Chunk(data[:alone], [])
            else:
                yield from _of_bounded_lines(data[:cut], joined)
                carry = data[cut:]
        yield from _of_bounded_lines(carry, find_joined(carry)[0])


def _beginning(data: bytes) -> Chunk:
    """The part of a much too long record that is kept."""
    kept = data[: 2 * MAX_RECORD_BYTES]
    return Chunk(kept, [(0, len(kept))], is_shortened=True)


def _of_bounded_lines(data: bytes, joined: Sequence[Range]) -> Iterator[Chunk]:
    """Halve a chunk until it has few enough lines, or is one record."""
    cut = cut_in_two(data, joined) if data.count(b"\n") > MAX_CHUNK_LINES else 0
    if cut:
        yield from _of_bounded_lines(data[:cut], [(start, end) for start, end in joined if end <= cut])
        yield from _of_bounded_lines(
            data[cut:], [(start - cut, end - cut) for start, end in joined if start >= cut]
        )
    elif data:
        yield Chunk(data, joined)
