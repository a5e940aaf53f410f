"""From a stream of bytes to its header and to chunks that can be parsed apart from each other.

What a record is, and what its fields are, is the concern of `records`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import BinaryIO

from bandcamp_assets.contract.sale import SOURCE_COLUMNS
from bandcamp_assets.errors import PlatformError

CHUNK_BYTES = 8 * 2**20
"""Bytes of a chunk. Measured at 1,000,000 rows: half the size costs 5 % of time, twice the size 330 MiB."""

MAX_RECORD_BYTES = 2**20
"""A longer record is malformed, so that a file without line breaks cannot fill the memory."""

MAX_HEADER_BYTES = 2**16


def read_header(stream: BinaryIO, where: str) -> list[str]:
    """Read the header line and check that every source column is there, once.

    Args:
        stream: The CSV's bytes, at their beginning.
        where: The file's name, for errors.

    Returns:
        The file's column names in its order, among them those of `SOURCE_COLUMNS`.

    Raises:
        PlatformError: If the file is empty, is no CSV, or lacks a column.
    """
    line = stream.readline(MAX_HEADER_BYTES)
    if not line.strip():
        raise PlatformError(
            "The file is empty" if not line else "The file begins with a blank line, not with a header",
            where=where,
            remedy="deliver a CSV file whose first line names the columns",
        )
    try:
        text = line.decode("utf-8-sig").rstrip("\r\n")
        (names,) = csv.reader([text], strict=True)
    except (UnicodeDecodeError, csv.Error, ValueError) as error:
        raise PlatformError(
            "The file is no CSV: its first line is no header",
            where=f"{where}, line 1",
            remedy="deliver a comma-separated file in UTF-8 whose first line names the columns",
        ) from error
    _check_columns(names, where)
    return names


def _check_columns(names: list[str], where: str) -> None:
    missing = [name for name in SOURCE_COLUMNS if name not in names]
    if len(missing) == len(SOURCE_COLUMNS):
        raise PlatformError(
            "The file is no CSV of sales: its first line names none of the columns",
            where=f"{where}, line 1",
            remedy=f"deliver a comma-separated file with the columns {', '.join(SOURCE_COLUMNS)}",
        )
    if missing:
        raise PlatformError(
            f"The file lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}",
            where=f"{where}, line 1",
            remedy="deliver the file with every column of the archive, empty where nothing is known",
        )
    twice = sorted({name for name in names if name in SOURCE_COLUMNS and names.count(name) > 1})
    if twice:
        raise PlatformError(
            f"The file has the column{'s' if len(twice) > 1 else ''} {', '.join(twice)} more than once",
            where=f"{where}, line 1",
            remedy="deliver the file with each column once",
        )


def read_chunks(stream: BinaryIO, width: int, *, chunk_bytes: int = CHUNK_BYTES) -> Iterator[bytes]:
    """Cut what stands behind the header into chunks of whole records.

    A chunk ends behind a line that is a record by itself for certain: no quote in it and just the right
    number of commas. So no record goes over the edge of a chunk, and each can be parsed alone.

    Args:
        stream: The CSV's bytes, behind the header.
        width: How many fields a record has.
        chunk_bytes: How many bytes to read at a time.
    """
    carry = b""
    while block := stream.read(chunk_bytes):
        data = carry + block
        cut = _safe_cut(data, width)
        if cut == 0 and len(data) > 2 * MAX_RECORD_BYTES:
            # No end of a record for certain so far back: the lines here are malformed, or one is endless.
            cut = data.rfind(b"\n") + 1
            if cut == 0:
                yield data[: 2 * MAX_RECORD_BYTES] + b"\n"
                carry = _skip_line(stream, chunk_bytes)
                continue
        if cut:
            yield data[:cut]
        carry = data[cut:]
    if carry:
        yield carry


def _safe_cut(data: bytes, width: int) -> int:
    """Find the end of the last line that is a record for certain, not too far back; 0 if there is none."""
    last = end = data.rfind(b"\n") + 1
    while end > 0 and last - end <= MAX_RECORD_BYTES:
        start = data.rfind(b"\n", 0, end - 1) + 1
        line = data[start:end]
        if b'"' not in line and line.count(b",") == width - 1:
            return end
        end = start
    return 0


def _skip_line(stream: BinaryIO, chunk_bytes: int) -> bytes:
    """Read on to the end of the line; give what stands behind it."""
    while block := stream.read(chunk_bytes):
        end = block.find(b"\n") + 1
        if end:
            return block[end:]
    return b""
