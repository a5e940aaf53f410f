"""Parses pages of the live feed, and items in JSON, into records of text fields, like those of a CSV.

Each item of each event is one record. An event or page in which no items can be found is one record too. So
everything is counted, and nothing stops the rest. `conversion` checks the rules of a sale, and
`bandcamp_assets.sources.feed` fetches and keeps pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, BinaryIO

import polars as pl

from bandcamp_assets.contract.sale import SOURCE_COLUMNS
from bandcamp_assets.lake.chunks import MAX_RECORD_BYTES
from bandcamp_assets.lake.records import Records
from bandcamp_assets.sources.delivery.header import known_names
from bandcamp_assets.sources.delivery.json_kind import is_event, is_page
from bandcamp_assets.sources.delivery.json_values import values
from bandcamp_assets.sources.feed.json_text import DoubledKeys, JsonFault, Part, elements, members, read_json
from bandcamp_assets.sources.feed.page import UnreadablePage, events_of, page_fields, read_body

SALE = "sale"
_BATCH, _BATCH_CHARACTERS = 5_000, 8 * 2**20
"""Items that become records at once, and how much text they may have."""

_WHOLE_SCHEMA = {**dict.fromkeys(SOURCE_COLUMNS, pl.String), "record": pl.Int64, "line": pl.String}
_MALFORMED_SCHEMA = {"record": pl.Int64, "line": pl.String, "fault": pl.String}


class UnknownShape(ValueError):  # noqa: N818 - it says what is wrong with an item
    """Something in a page does not have the form of a sale. The message is the `detail` of the rejected row."""


Record = tuple[str, dict[str, str | None] | UnknownShape]
"""The text of an item, and its fields or what is wrong with it."""


def parse_pages(body: bytes) -> Records:
    """Parse a page, or a list of pages.

    Args:
        body: The answer of the feed, decompressed.

    Returns:
        One record for each item, numbered in their order. `line` is the item as delivered. Anything that does not
        have the form of a sale is in `malformed`, with what was found.
    """
    return _as_records(_records(body))


def item_parts(stream: BinaryIO) -> Iterator[Callable[[], Records]]:
    """The values of a JSON list in parts, each of which becomes records when it is called.

    Raises:
        JsonFault: If it is not JSON to its end.
    """
    for some in _batches(values(stream), lambda part: len(part.text)):
        yield partial(_of_values, some)


def line_parts(stream: BinaryIO) -> Iterator[Callable[[], Records]]:
    """JSON lines in parts, each of which becomes records when it is called."""
    for some in _batches(_lines(stream), len):
        yield partial(_of_lines, some)


def _batches(found: Iterable[Any], size_of: Callable[[Any], int]) -> Iterator[list[Any]]:
    """Some thousands at a time, or fewer if they are large."""
    batch, size = [], 0
    for one in found:
        batch.append(one)
        size += size_of(one)
        if size > _BATCH_CHARACTERS or len(batch) == _BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _as_records(found: Iterable[Record]) -> Records:
    whole: list[dict[str, Any]] = []
    malformed: list[dict[str, Any]] = []
    for record, (line, fields) in enumerate(found):
        if isinstance(fields, dict):
            whole.append({**fields, "record": record, "line": line})
        else:
            malformed.append({"record": record, "line": line, "fault": str(fields)})
    # Polars takes twice as long to make columns of rows by itself.
    columns = {name: [row[name] for row in whole] for name in _WHOLE_SCHEMA}
    return Records(pl.DataFrame(columns, schema=_WHOLE_SCHEMA), pl.DataFrame(malformed, schema=_MALFORMED_SCHEMA))


def _of_values(parts: Iterable[Part]) -> Records:
    return _as_records(record for part in parts for record in _value_records(part))


def _of_lines(lines: Iterable[bytes]) -> Records:
    return _as_records(record for line in lines for record in _line_records(line))


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """The lines that are not blank. Only the beginning of one that is too long is kept."""
    while line := stream.readline(MAX_RECORD_BYTES + 1):
        part = line
        while part and not part.endswith(b"\n") and len(part) > MAX_RECORD_BYTES:
            part = stream.readline(MAX_RECORD_BYTES + 1)
        if line.strip(b" \t\r\n\xef\xbb\xbf"):
            yield line


def _line_records(line: bytes) -> Iterator[Record]:
    try:
        text = line.decode("utf-8-sig").strip(" \t\r\n")
    except UnicodeDecodeError as error:
        shown = line.decode(errors="backslashreplace").rstrip("\r\n")
        yield shown, UnknownShape(f"byte {error.start + 1} of the line is not UTF-8")
        return
    if len(line) > MAX_RECORD_BYTES:
        yield text, UnknownShape(f"the line is longer than {MAX_RECORD_BYTES} bytes")
        return
    try:
        part = read_json(text)
    except JsonFault as fault:
        yield text, UnknownShape(f"the line cannot be read: {fault}")
        return
    yield from _value_records(part)


def _value_records(part: Part) -> Iterator[Record]:
    """The records of a value of unknown kind: a page, an event or an item."""
    if is_page(part.value):
        yield from _page_records(part)
    elif is_event(part.value):
        yield from _event_records(part)
    else:
        yield _item_record(part)


def _page_records(page: Part) -> Iterator[Record]:
    try:
        events = events_of(page_fields(page))
    except UnreadablePage as fault:
        yield page.text, UnknownShape(f"the page cannot be read: {fault}")
        return
    for event in events:
        yield from _event_records(event)


def _item_record(item: Part) -> Record:
    try:
        return item.text, _fields(item)
    except UnknownShape as fault:
        return item.text, fault


def _records(body: bytes) -> Iterator[Record]:
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
        yield from _page_records(page)


def _event_records(event: Part) -> Iterator[Record]:
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
        else:
            yield _item_record(item)


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


def _fields(item: Part) -> dict[str, str | None]:
    """The columns of an item as text; an empty text if a column is missing. Without `_id`, that is null.

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
    if "utc_date" not in value:
        value = dict(zip(known_names(list(value)), value.values(), strict=True))
    fields: dict[str, str | None] = {name: _text(name, value.get(name)) for name in SOURCE_COLUMNS}
    return fields if "_id" in value else {**fields, "_id": None}


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


def _shown(value: object) -> str:
    """A short description of a value of any size and depth."""
    if isinstance(value, str):
        return "'" + value[:40].encode(errors="backslashreplace").decode().replace("\0", "\\0") + "'"
    if isinstance(value, bool):
        return str(value).lower()
    return "an object" if isinstance(value, dict) else "a list"
