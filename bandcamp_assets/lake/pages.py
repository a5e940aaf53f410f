"""Parses a page of the live feed into records of text fields, like those that `records` makes from CSV.

Each item of each event is one record. An event or page in which no items can be found is one record too. So
everything is counted, and nothing stops the rest. `conversion` checks the rules of a sale, and
`bandcamp_assets.sources.feed` fetches and keeps pages.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from bandcamp_assets.contract.sale import SOURCE_COLUMNS
from bandcamp_assets.lake.chunks import MAX_RECORD_BYTES
from bandcamp_assets.lake.records import Records
from bandcamp_assets.sources.delivery.zip_member import open_delivered
from bandcamp_assets.sources.feed.json_text import DoubledKeys, Part, elements, members
from bandcamp_assets.sources.feed.page import UnreadablePage, events_of, page_fields, read_body
from bandcamp_assets.system.errors import PlatformError

MAX_FILE_BYTES = 256 * 2**20
"""A larger file of pages, decompressed, is refused, because pages are read into memory whole."""

SALE = "sale"
_FIELDS = tuple(name for name in SOURCE_COLUMNS if name != "_id")
_WHOLE_SCHEMA = {**dict.fromkeys(SOURCE_COLUMNS, pl.String), "record": pl.Int64, "line": pl.String}
_MALFORMED_SCHEMA = {"record": pl.Int64, "line": pl.String, "fault": pl.String}


class UnknownShape(ValueError):  # noqa: N818 - it says what is wrong with an item
    """Something in a page does not have the form of a sale. The message is the `detail` of the rejected row."""


def read_page_file(path: Path) -> bytes:
    """Read a file of pages, compressed or not, whatever its name is.

    Raises:
        PlatformError: If the file cannot be read, is damaged, or is larger than `MAX_FILE_BYTES`.
    """
    with open_delivered(path) as stream:
        body = stream.read(MAX_FILE_BYTES + 1)
    if len(body) > MAX_FILE_BYTES:
        raise PlatformError(
            f"The file holds more than the {MAX_FILE_BYTES} bytes that are allowed for pages",
            where=str(path),
            remedy="deliver one page in each file",
        )
    return body


def parse_pages(body: bytes) -> Records:
    """Parse a page, or a list of pages.

    Args:
        body: The answer of the feed, decompressed.

    Returns:
        One record for each item, numbered in their order. `line` is the item as delivered. Anything that does not
        have the form of a sale is in `malformed`, with what was found.
    """
    whole: list[dict[str, Any]] = []
    malformed: list[dict[str, Any]] = []
    for record, (line, found) in enumerate(_records(body)):
        if isinstance(found, dict):
            whole.append({**found, "record": record, "line": line})
        else:
            malformed.append({"record": record, "line": line, "fault": str(found)})
    return Records(pl.DataFrame(whole, schema=_WHOLE_SCHEMA), pl.DataFrame(malformed, schema=_MALFORMED_SCHEMA))


def _records(body: bytes) -> Iterator[tuple[str, dict[str, str] | UnknownShape]]:
    """Yield the text of every item, and its fields or what is wrong with it."""
    try:
        delivered = read_body(body)
    except UnreadablePage as fault:
        yield (
            body.decode("utf-8-sig", errors="backslashreplace"),
            UnknownShape(f"the page cannot be read: {fault}"),
        )
        return
    for page in elements(delivered) if isinstance(delivered.value, list) else [delivered]:
        try:
            events = events_of(page_fields(page))
        except UnreadablePage as fault:
            yield page.text, UnknownShape(f"the page cannot be read: {fault}")
            continue
        for event in events:
            yield from _event_records(event)


def _event_records(event: Part) -> Iterator[tuple[str, dict[str, str] | UnknownShape]]:
    try:
        items = _items(event)
    except UnknownShape as fault:
        yield event.text, fault
        return
    event_type = event.value.get("event_type")
    for item in items:
        # An event without a type is accepted, because each of its items must have all fields of a sale anyway.
        if event_type not in (None, SALE):
            yield item.text, UnknownShape(f"the event is not a sale: its event_type is {_shown(event_type)}")
            continue
        try:
            yield item.text, _fields(item)
        except UnknownShape as fault:
            yield item.text, fault


def _items(event: Part) -> list[Part]:
    """The items of an event, at least one.

    Raises:
        UnknownShape: If there are none.
    """
    if not isinstance(event.value, dict):
        raise UnknownShape("the event is not an object")
    if isinstance(event.value, DoubledKeys):
        raise UnknownShape("a field occurs twice in the event, with different values")
    items = members(event).get("items")
    if items is None or not isinstance(items.value, list) or not items.value:
        raise UnknownShape("the event has no items")
    return elements(items)


def _fields(item: Part) -> dict[str, str]:
    """The columns of an item as text; an empty text if a column is missing.

    Raises:
        UnknownShape: If the item is not an object of plain values.
    """
    value = item.value
    if not isinstance(value, dict):
        raise UnknownShape("the item is not an object")
    if isinstance(value, DoubledKeys):
        raise UnknownShape("a field occurs twice in the item, with different values")
    if len(item.text) > MAX_RECORD_BYTES:
        raise UnknownShape(f"the item is longer than {MAX_RECORD_BYTES} characters")
    fields = {name: _text(name, value.get(name)) for name in _FIELDS}
    return {"_id": _sale_id(fields["utc_date"], fields["url"]), **fields}


def _text(name: str, value: object) -> str:
    """A value as text, as in a CSV file: a number as it is written, null as an empty text."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UnknownShape(f"{name} is {_shown(value)}, not a text or a number")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise UnknownShape(f"{name} contains half a character (a lone surrogate)") from None
    if "\0" in value:
        raise UnknownShape(f"{name} contains a NUL character")
    return str(value.replace("\r\n", "\n"))


def _sale_id(utc_date: str, url: str) -> str:
    """The sale's key as in the archive, from the item's own time (see `Sale`); empty without a URL.

    The event's time is not used: it is some tenths of a second later.
    """
    return f"{_rounded(utc_date)}&{url}" if url else ""


def _rounded(utc_date: str) -> str:
    """Seconds rounded to 5 decimals without trailing zeros; a text that is not a number stays unchanged."""
    try:
        seconds = float(utc_date)
    except ValueError:
        return utc_date
    return f"{seconds:.5f}".rstrip("0").rstrip(".")


def _shown(value: object) -> str:
    """A short description of a value of any size and depth."""
    if isinstance(value, str):
        return "'" + value[:40].encode(errors="backslashreplace").decode().replace("\0", "\\0") + "'"
    if isinstance(value, bool):
        return str(value).lower()
    return "an object" if isinstance(value, dict) else "a list"
