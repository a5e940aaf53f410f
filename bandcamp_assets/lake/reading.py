"""Reads the contents of a delivered file in parts, each of which can become records on a thread of its own.

What the file is, was found by `sources.delivery`. `records`, `pages` and `parquet_rows` make the records, and
`conversion` the sales.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from bandcamp_assets.lake.chunks import read_chunks
from bandcamp_assets.lake.pages import item_parts, line_parts, parse_pages
from bandcamp_assets.lake.parquet_rows import parquet_parts
from bandcamp_assets.lake.records import Records, parse_records
from bandcamp_assets.sources.delivery.file_format import Content, FileFormat, Kind
from bandcamp_assets.sources.delivery.header import read_header
from bandcamp_assets.sources.delivery.json_kind import read_pages
from bandcamp_assets.sources.delivery.recognition import open_content
from bandcamp_assets.sources.feed.json_text import JsonFault
from bandcamp_assets.system.errors import PlatformError


@dataclass(frozen=True)
class Part:
    """Some rows of a file.

    Attributes:
        records: Makes the records.
        content: How they are written.
    """

    records: Callable[[], Records]
    content: Content


def parts_of(path: Path, form: FileFormat, scratch: Path, where: str) -> Iterator[Part]:
    """The rows of a delivered file, in its order.

    Args:
        path: The file.
        form: What it is.
        scratch: The folder for bytes that are read ahead.
        where: Its name, for errors.

    Raises:
        PlatformError: If it cannot be read.
    """
    for content in form.contents:
        named = f"{where}, member {content.name}" if content.name else where
        if content.kind is Kind.PARQUET:
            yield from (Part(records, content) for records in parquet_parts(path, named))
        else:
            with open_content(path, content) as stream:
                yield from _of_text(stream, content, scratch, named)


def _of_text(stream: BinaryIO, content: Content, scratch: Path, where: str) -> Iterator[Part]:
    if content.kind is Kind.CSV:
        yield from csv_parts(stream, content, scratch, where)
    elif content.kind is Kind.PAGES:
        yield Part(partial(parse_pages, read_pages(stream, where)), content)
    elif content.kind is Kind.LINES:
        yield from (Part(records, content) for records in line_parts(stream))
    else:
        try:
            yield from (Part(records, content) for records in item_parts(stream))
        except JsonFault as fault:
            raise PlatformError(
                f"The file is not whole JSON: {fault}", where=where, remedy="deliver it again"
            ) from None


def csv_parts(stream: BinaryIO, content: Content, scratch: Path, where: str) -> Iterator[Part]:
    """The rows of a CSV in UTF-8, with its header."""
    columns = read_header(
        stream,
        where,
        delimiter=content.delimiter,
        has_separator_line=content.has_separator_line,
        has_row_names=content.has_row_names,
    )
    for chunk in read_chunks(stream, scratch, delimiter=content.delimiter):
        yield Part(partial(parse_records, chunk.data, columns, chunk.joined, content.delimiter), content)
