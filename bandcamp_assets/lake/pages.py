"""From a page of the live feed to records of text fields, as `records` makes them from CSV.

Each item of each event is one record, and so is each event, or page, in which no items can be found: nothing
goes uncounted, and nothing stops the rest. The rules that a sale must keep stand in `conversion`; how a page is
fetched and kept, in `bandcamp_assets.sources.feed`.
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
"""A larger file of pages, unpacked, is refused: it is read as a whole."""

SALE = "sale"
_FIELDS = tuple(name for name in SOURCE_COLUMNS if name != "_id")
_WHOLE_SCHEMA = {**dict.fromkeys(SOURCE_COLUMNS, pl.String), "record": pl.Int64, "line": pl.String}
_MALFORMED_SCHEMA = {"record": pl.Int64, "line": pl.String, "fault": pl.String}


class UnknownShape(ValueError):  # noqa: N818 - it says what is wrong with an item
    """Something in a page is no sale as we know it. Its message becomes the `detail` of the rejected row."""


def read_page_file(path: Path) -> bytes:
    """Give the bytes of pages from a file, packed or not, whatever its name says.

    Raises:
        PlatformError: If it cannot be read, is damaged, or is larger than `MAX_FILE_BYTES`.
    """
    with open_delivered(path) as stream:
        body = stream.read(MAX_FILE_BYTES + 1)
    if len(body) > MAX_FILE_BYTES:
        raise PlatformError(
            f"The file holds more than the {MAX_FILE_BYTES} bytes that are allowed for pages",
            where=str(path),
            remedy="deliver one page a file",
        )
    return body


def parse_pages(body: bytes) -> Records:
    """Parse a page, or a list of pages.

    Args:
        body: What the feed answered, unpacked.

    Returns:
        One record an item, numbered in the order they stand in. `line` is the item as delivered. Whatever is of
        another shape than a sale is in `malformed`, with what was found.
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
    """Give the text of every item, and its fields or what is wrong with it."""
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
        # An event without a type is taken for what its items are; each of them has all that makes a sale.
        if event_type not in (None, SALE):
            yield item.text, UnknownShape(f"the event is no sale: its event_type is {_shown(event_type)}")
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
        raise UnknownShape("the event is no object")
    if isinstance(event.value, DoubledKeys):
        raise UnknownShape("a field stands twice in the event, with different values")
    items = members(event).get("items")
    if items is None or not isinstance(items.value, list) or not items.value:
        raise UnknownShape("the event has no items")
    return elements(items)


def _fields(item: Part) -> dict[str, str]:
    """The columns of an item as text, empty where it has none.

    Raises:
        UnknownShape: If it is no object of plain values.
    """
    value = item.value
    if not isinstance(value, dict):
        raise UnknownShape("the item is no object")
    if isinstance(value, DoubledKeys):
        raise UnknownShape("a field stands twice in the item, with different values")
    if len(item.text) > MAX_RECORD_BYTES:
        raise UnknownShape(f"the item is longer than {MAX_RECORD_BYTES} characters")
    fields = {name: _text(name, value.get(name)) for name in _FIELDS}
    return {"_id": _sale_id(fields["utc_date"], fields["url"]), **fields}


def _text(name: str, value: object) -> str:
    """A value as a field of a CSV file would have it: a number as it is written, nothing as empty text."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UnknownShape(f"{name} is {_shown(value)} instead of a text or number")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise UnknownShape(f"{name} holds half a character (a lone surrogate)") from None
    if "\0" in value:
        raise UnknownShape(f"{name} holds a NUL character")
    return str(value.replace("\r\n", "\n"))


def _sale_id(utc_date: str, url: str) -> str:
    """The sale's key as the archive makes it, from the item's own time (see `Sale`).

    The event's time is another one, some tenths of a second later, and is not used. Without a URL there is no key.
    """
    return f"{_rounded(utc_date)}&{url}" if url else ""


def _rounded(utc_date: str) -> str:
    """Seconds rounded to 5 decimals without zeros at the end; a text that is no number as it is."""
    try:
        seconds = float(utc_date)
    except ValueError:
        return utc_date
    return f"{seconds:.5f}".rstrip("0").rstrip(".")


def _shown(value: object) -> str:
    """A value in a few words; it may be of any size and depth."""
    if isinstance(value, str):
        return "'" + value[:40].encode(errors="backslashreplace").decode().replace("\0", "\\0") + "'"
    if isinstance(value, bool):
        return str(value).lower()
    return "an object" if isinstance(value, dict) else "a list"
