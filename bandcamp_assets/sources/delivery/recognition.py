"""Looks at a delivered file once, before it lands: what it is, and whether it can be read to its end.

The result follows from the bytes alone, so a repeat gives the same. Rows are not checked: `lake` does that.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from bandcamp_assets.contract.codes import ITEM_TYPES, MISSING_NUMBERS
from bandcamp_assets.contract.sale import AMOUNT_COLUMNS, OPTIONAL_COLUMNS, SOURCE_COLUMNS, WHOLE_NUMBER_COLUMNS
from bandcamp_assets.sources.archive.published import CSV_NAME, CSV_SHA256, CSV_SIZE_BYTES
from bandcamp_assets.sources.delivery.encoding import Tally, encoding_by_start, first_line, in_utf8
from bandcamp_assets.sources.delivery.file_format import Content, FileFormat, Kind
from bandcamp_assets.sources.delivery.header import SEPARATOR_LINE, delimiter_of, read_header
from bandcamp_assets.sources.delivery.json_kind import check_json, json_kind
from bandcamp_assets.sources.delivery.opening import first_bytes, is_zip, open_delivered
from bandcamp_assets.sources.delivery.packed_stream import packing_of
from bandcamp_assets.sources.delivery.parquet_table import PARQUET_MAGIC, look_at_parquet
from bandcamp_assets.sources.delivery.zip_member import check_zip
from bandcamp_assets.system.errors import PlatformError

_HEAD_BYTES = 2**20
_SAMPLE_ROWS = 1000
_FURTHER = 20
_NUMBERS = (*AMOUNT_COLUMNS, *WHOLE_NUMBER_COLUMNS)
_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?", re.ASCII)
_POINT = re.compile(r"[+-]?\d*\.\d+([eE][+-]?\d+)?", re.ASCII)
_MAY_BE_GROUPED = re.compile(r"[+-]?\d{1,3},\d{3}", re.ASCII)


def recognize(path: Path, shown: str) -> FileFormat:
    """Find what a delivered file is, and check that it can be read.

    A compressed file is read to its end, because only then its checksum is known. A zip whose CSV has the name of
    the published archive must contain that archive, byte for byte.

    Args:
        path: The file.
        shown: Its name for errors.

    Raises:
        PlatformError: If it does not hold sales in a form that can be read.
    """
    start = first_bytes(path)
    if start.startswith(PARQUET_MAGIC):
        return FileFormat(contents=(look_at_parquet(path, shown),))
    if not is_zip(path):
        return FileFormat(packing_of(start) or "", (_look_at(path, "", shown),))
    members = check_zip(path)
    contents = tuple(_look_at(path, member.name, f"{shown}, member {member.name}") for member in members.sales)
    return FileFormat("zip", contents, members.others)


def format_of_landed(path: Path, shown: str, *, is_page: bool) -> FileFormat:
    """The format of a raw file that is not recorded with one: a page of the feed, or a file of an earlier version.

    Earlier versions took JSON in which nothing is a sale. It is read as pages, so that it stays a rejected row.
    """
    pages = FileFormat(packing_of(first_bytes(path)) or "", (Content(kind=Kind.PAGES),))
    if is_page:
        return pages
    try:
        return recognize(path, shown)
    except PlatformError:
        with open_delivered(path) as stream:
            if stream.read(_HEAD_BYTES).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"["):
                raise
        return pages


@contextmanager
def open_content(path: Path, content: Content) -> Iterator[BinaryIO]:
    """Open a text of a delivered file, in UTF-8 with LF or CRLF as line ends.

    Raises:
        PlatformError: As `open_delivered`.
    """
    with open_delivered(path, content.name) as stream:
        yield in_utf8(stream, content.encoding, content.line_end)


def _look_at(path: Path, member: str, where: str) -> Content:
    with open_delivered(path, member) as stream:
        head = stream.read(_HEAD_BYTES)
        encoding = encoding_by_start(head)
        encoding = _read_to_the_end(stream, head, member, where, encoding)
    sample = in_utf8(io.BytesIO(head), encoding, "\n").read().decode("utf-8", "replace").lstrip("\ufeff")
    content = Content(name=member, encoding=encoding)
    if sample.lstrip()[:1] in ("{", "["):
        content = replace(content, kind=json_kind(sample, is_whole=len(head) < _HEAD_BYTES))
        with open_delivered(path, member) as stream:
            names = check_json(in_utf8(stream, encoding, "\n"), content.kind, where)
        return _with_columns(content, names) if names else content
    return _look_at_csv(head, sample, content, where)


def _read_to_the_end(stream: BinaryIO, head: bytes, member: str, where: str, encoding: str) -> str:
    """Read a file to its end, so that its checksums are compared. Returns its encoding."""
    tally, digest, size = Tally(), hashlib.sha256(), 0
    is_published = Path(member).name == CSV_NAME
    block = head
    while block:
        if not encoding:
            tally.add(block)
        if is_published:
            digest.update(block)
        size += len(block)
        block = stream.read(_HEAD_BYTES)
    if is_published and (size, digest.hexdigest()) != (CSV_SIZE_BYTES, CSV_SHA256):
        raise PlatformError(
            f"The file has the name of the published archive but is not that file: {size:,} bytes, SHA-256 "
            f"{digest.hexdigest()}; the published one has {CSV_SIZE_BYTES:,} bytes, SHA-256 {CSV_SHA256}",
            where=where,
            remedy="download it again, or rename the CSV if it is meant to be another file",
        )
    return encoding or tally.encoding()


def _look_at_csv(head: bytes, sample: str, content: Content, where: str) -> Content:
    above = SEPARATOR_LINE.match(sample)
    text = sample[above.end() :] if above else sample
    header, line_end = first_line(text)
    delimiter = above[1] if above else delimiter_of(header)
    content = replace(content, line_end=line_end, delimiter=delimiter, has_separator_line=above is not None)
    stream = in_utf8(io.BytesIO(head), content.encoding, line_end)
    names = read_header(stream, where, delimiter=delimiter, has_separator_line=content.has_separator_line)
    rows = _rows(text, delimiter, is_whole=len(head) < _HEAD_BYTES)
    has_row_names = _have_row_names(rows, names)
    names = ["", *names] if has_row_names else names
    table = [dict(zip(names, row, strict=True)) for row in rows if len(row) == len(names)]
    content = replace(
        content,
        has_row_names=has_row_names,
        decimal_mark=_decimal_mark(table),
        missing_word=_missing_word(table),
    )
    return _with_columns(content, names)


def _rows(text: str, delimiter: str, *, is_whole: bool) -> list[list[str]]:
    """The first rows below the header, without one that may be cut."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[list[str]] = []
    # After a broken quote, the rows so far are enough.
    with suppress(csv.Error):
        rows.extend(islice((row for row in reader if row), 1 + _SAMPLE_ROWS))
    return rows[1:] if is_whole or len(rows) > _SAMPLE_ROWS else rows[1:-1]


def _have_row_names(rows: Sequence[Sequence[str]], names: Sequence[str]) -> bool:
    """Whether each row has a field before those that the header names."""
    place = 1 + names.index("item_type")
    return bool(rows) and all(len(row) == 1 + len(names) and row[place].lower() in ITEM_TYPES for row in rows)


def _decimal_mark(rows: Sequence[Mapping[str, str]]) -> str:
    """The decimal mark of amounts, or else of times. A comma that may group thousands does not count."""
    for columns in (AMOUNT_COLUMNS, ("utc_date",)):
        values = [row[name] for name in columns for row in rows]
        commas = sum(1 for value in values if _COMMA.fullmatch(value) and not _MAY_BE_GROUPED.fullmatch(value))
        points = sum(1 for value in values if _POINT.fullmatch(value))
        if commas or points:
            return "," if commas > points else "."
    return "."


def _missing_word(rows: Sequence[Mapping[str, str]]) -> str:
    """The usual word for a missing number; empty if most are written as nothing."""
    values = Counter(row.get(name, "x") for name in _NUMBERS for row in rows)
    words = {value: count for value, count in values.items() if value.lower() in MISSING_NUMBERS}
    word = max(words, key=lambda word: words[word], default="")
    return word if word and words[word] > values[""] else ""


def _with_columns(content: Content, names: Sequence[str]) -> Content:
    further = [name[:80] for name in names if name and name not in SOURCE_COLUMNS]
    return replace(
        content,
        missing=tuple(name for name in OPTIONAL_COLUMNS if name not in names),
        further=tuple(further[:_FURTHER]),
    )
