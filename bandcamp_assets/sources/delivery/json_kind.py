"""Finds what a JSON file holds: pages of the feed, items one a line, or items in a list; and checks that it does.

`bandcamp_assets.lake.pages` makes rows of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, BinaryIO

from bandcamp_assets.contract.sale import NEEDED_COLUMNS, SOURCE_COLUMNS
from bandcamp_assets.sources.delivery.file_format import Kind
from bandcamp_assets.sources.delivery.header import check_names, known_names
from bandcamp_assets.sources.delivery.json_values import values
from bandcamp_assets.sources.feed.json_text import DECODER, JsonFault
from bandcamp_assets.sources.feed.page import UnreadablePage, events_of, page_fields, read_body
from bandcamp_assets.system.errors import PlatformError

MAX_FILE_BYTES = 256 * 2**20
"""A larger file of pages, decompressed, is refused, because pages are read into memory whole."""

_LOOKED_AT = 1000
_LINE_CHARACTERS = 2**20
_REMEDY = "deliver pages as the feed answers them, items as JSON lines or in a list, or a CSV"


def is_page(value: object) -> bool:
    """Whether a JSON value is a page of the feed."""
    return isinstance(value, dict) and ("events" in value or "feed_data" in value)


def is_event(value: object) -> bool:
    """Whether a JSON value is an event of the feed."""
    return isinstance(value, dict) and isinstance(value.get("items"), list)


def json_kind(sample: str, *, is_whole: bool) -> Kind:
    """What a JSON text holds.

    Args:
        sample: Its beginning.
        is_whole: Whether that is all of it.
    """
    text = sample.lstrip()
    first, _, rest = text.partition("\n")
    if text.startswith("["):
        value, _ = _first_value(text[1:].lstrip())
        return Kind.PAGES if is_page(value) or (value is None and '"events"' in text) else Kind.VALUES
    value, end = _first_value(first)
    if value is not None and not first[end:].strip():
        return Kind.PAGES if is_page(value) and is_whole and not rest.strip() else Kind.LINES
    value, end = _first_value(text)
    if value is None or is_page(value):
        return Kind.VALUES if value is not None and text[end:].strip() else Kind.PAGES
    return Kind.VALUES


def _first_value(text: str) -> tuple[Any, int]:
    """The value that a text begins with, and its end; None if it does not begin with a whole one."""
    try:
        return DECODER.raw_decode(text)
    except (json.JSONDecodeError, RecursionError):
        return None, 0


def check_json(stream: BinaryIO, kind: Kind, where: str) -> list[str]:
    """Check that a JSON file can be read: to its end, but for lines, each of which is judged alone.

    Args:
        stream: The file in UTF-8.
        kind: What it holds.
        where: Its name, for errors.

    Returns:
        The names in its items, in the spelling of the contract; none for pages.

    Raises:
        PlatformError: If it cannot be read, or its items lack a column that is needed.
    """
    if kind is Kind.PAGES:
        _check_pages(read_pages(stream, where), where)
        return []
    try:
        found = _lines(stream) if kind is Kind.LINES else (part.value for part in values(stream))
        looked_at = list(islice(found, _LOOKED_AT))
        for _ in found if kind is Kind.VALUES else ():
            pass
    except JsonFault as fault:
        raise PlatformError(f"The file is not whole JSON: {fault}", where=where, remedy=_REMEDY) from None
    return _check_items(list(_items(looked_at)), where)


def read_pages(stream: BinaryIO, where: str) -> bytes:
    """Read a file of pages.

    Raises:
        PlatformError: If it is too large.
    """
    body = stream.read(MAX_FILE_BYTES + 1)
    if len(body) > MAX_FILE_BYTES:
        raise PlatformError(
            f"The file holds more than the {MAX_FILE_BYTES} bytes that are allowed for pages",
            where=where,
            remedy="deliver one page in each file, or in each line",
        )
    return body


def _check_pages(body: bytes, where: str) -> None:
    try:
        delivered = read_body(body)
        if not isinstance(delivered.value, list):
            events_of(page_fields(delivered))
    except UnreadablePage as fault:
        raise PlatformError(
            f"The file begins like a page of the feed but is not one: {fault}", where=where, remedy=_REMEDY
        ) from fault


def _lines(stream: BinaryIO) -> Iterator[Any]:
    """The values of the first lines. A line that is not JSON is a rejected row later, so it is skipped here."""
    while line := stream.readline(_LINE_CHARACTERS):
        value, _ = _first_value(line.decode("utf-8-sig", "replace").strip())
        if value is not None:
            yield value


def _items(found: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """The items in values, of which each may be an item, an event or a page."""
    for value in found:
        if is_page(value):
            page = value.get("feed_data", value)
            yield from _items(page.get("events") or []) if isinstance(page, dict) else ()
        elif is_event(value):
            yield from (item for item in value["items"] if isinstance(item, dict))
        elif isinstance(value, dict):
            yield value


def _check_items(items: list[dict[str, Any]], where: str) -> list[str]:
    if not items:
        return list(SOURCE_COLUMNS)
    names = known_names(list(dict.fromkeys(name for item in items for name in item)))
    if not set(names) & set(SOURCE_COLUMNS):
        raise PlatformError("The JSON names none of the columns of a sale", where=where, remedy=_REMEDY)
    if all(isinstance(item.get(name), dict | list) for item in items[:1] for name in item):
        raise PlatformError(
            "The JSON holds whole columns, not items",
            where=where,
            remedy="save it with one object a row (pandas: orient='records', lines=True)",
        )
    check_names(names, where, needed=NEEDED_COLUMNS)
    return names
