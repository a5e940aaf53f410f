"""From a stream of bytes to its header and to chunks that can be parsed apart from each other.

What a record is, and what its fields are, is the concern of `records`.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO

from bandcamp_assets.contract.sale import SOURCE_COLUMNS
from bandcamp_assets.errors import PlatformError
from bandcamp_assets.lake.quoting import count_fields

CHUNK_BYTES = 8 * 2**20
"""Bytes of a chunk. Measured at 1,000,000 rows: half the size costs 5 % of time, twice the size 330 MiB."""

MAX_RECORD_BYTES = 2**20
"""A longer record is malformed, so that a file without line breaks cannot fill the memory."""

MAX_CHUNK_LINES = 2 * 10**5
"""A chunk of sales has a tenth of that; one of nothing but line breaks would take gigabytes of memory."""

MAX_HEADER_BYTES = 2**16
"""A longer header is none: what stands behind its first part must not be read as a record."""


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
    if len(line) == MAX_HEADER_BYTES and not line.endswith(b"\n"):
        raise PlatformError(
            f"The file is no CSV of sales: its first line is longer than {MAX_HEADER_BYTES} bytes",
            where=f"{where}, line 1",
            remedy="deliver a comma-separated file whose first line names the columns and nothing else",
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
    times = Counter(names)
    twice = sorted(name for name in SOURCE_COLUMNS if times[name] > 1)
    if twice:
        raise PlatformError(
            f"The file has the column{'s' if len(twice) > 1 else ''} {', '.join(twice)} more than once",
            where=f"{where}, line 1",
            remedy="deliver the file with each column once",
        )


def read_chunks(stream: BinaryIO, width: int, *, chunk_bytes: int = CHUNK_BYTES) -> Iterator[bytes]:
    """Cut what stands behind the header into chunks of whole records.

    A chunk ends behind a line that has to do with no other one: a record by itself, or one that can be part of
    none. So no record goes over the edge of a chunk, and each can be parsed alone. Where there is no such line
    for long, the chunk ends before the record that is not at its end yet.

    Args:
        stream: The CSV's bytes, behind the header.
        width: How many fields a record has.
        chunk_bytes: How many bytes to read at a time, and more where no record has ended for so long: what is
            left over is looked at again, and must not be again and again.
    """
    carry = b""
    while block := stream.read(max(chunk_bytes, len(carry))):
        data = carry + block
        cut = _safe_cut(data, width)
        if cut == 0 and len(data) > 2 * MAX_RECORD_BYTES:
            cut = _open_record(data, width) or data.rfind(b"\n") + 1
            if cut == 0:
                yield data[: 2 * MAX_RECORD_BYTES] + b"\n"
                carry = _skip_line(stream, chunk_bytes)
                continue
        if cut:
            yield from _of_bounded_lines(data[:cut], width)
        carry = data[cut:]
    if carry:
        yield from _of_bounded_lines(carry, width)


def _of_bounded_lines(chunk: bytes, width: int) -> Iterator[bytes]:
    """Halve a chunk until its lines are few enough, or it is one record."""
    half = chunk[: len(chunk) // 2]
    few = chunk.count(b"\n") <= MAX_CHUNK_LINES
    cut = 0 if few else _safe_cut(half, width) or _open_record(half, width)
    if cut == 0:
        yield chunk
        return
    yield from _of_bounded_lines(chunk[:cut], width)
    yield from _of_bounded_lines(chunk[cut:], width)


def _safe_cut(data: bytes, width: int) -> int:
    """Find the end of the last line that stands alone, not too far back; 0 if there is none."""
    last = end = data.rfind(b"\n") + 1
    if b'"' not in data:
        return end
    while end > 0 and last - end <= MAX_RECORD_BYTES:
        start = data.rfind(b"\n", 0, end - 1) + 1
        if _stands_alone(data[start : end - 1].removesuffix(b"\r"), width):
            return end
        end = start
    return 0


def _stands_alone(line: bytes, width: int) -> bool:
    """Whether a line is no part of a longer record: it is a whole one, or cannot be in any (see `records`)."""
    if len(line) > MAX_RECORD_BYTES or b"\0" in line:
        return True
    # A record has a comma between any two fields. Asked first: a file may have nothing but very short lines.
    if len(line) >= width - 1 and count_fields(line) == width:
        return True
    if line.isascii():
        return False
    try:
        line.decode()
    except UnicodeDecodeError:
        return True
    return False


def _open_record(data: bytes, width: int) -> int:
    """Find where the record begins that may go on behind the last line, by the rules of `records`.

    Returns:
        Its place; that of the end of the last line if there is no such record.
    """
    opened, size, start = -1, 0, 0
    while (end := data.find(b"\n", start)) >= 0:
        line = data[start:end].removesuffix(b"\r")
        odd = line.count(b'"') % 2 == 1
        size += len(line) + 1
        may_go_on = opened >= 0 and size <= MAX_RECORD_BYTES
        if _stands_alone(line, width):
            opened = -1
        elif not odd:
            opened = opened if may_go_on else -1
        elif may_go_on and count_fields(data[opened:end].removesuffix(b"\r")) == width:
            opened = -1
        else:
            opened, size = start, len(line)
        start = end + 1
    return start if opened < 0 else opened


def _skip_line(stream: BinaryIO, chunk_bytes: int) -> bytes:
    """Read on to the end of the line; give what stands behind it."""
    while block := stream.read(chunk_bytes):
        end = block.find(b"\n") + 1
        if end:
            return block[end:]
    return b""
