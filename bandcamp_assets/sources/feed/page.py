"""Parses a page of the feed: its window, its clock and its list of events. Pure: bytes in, values out.

Unknown or missing fields are tolerated, except those that are needed: without a valid window or a list of events,
a page is unreadable. `bandcamp_assets.lake.pages` parses the events, and `store` keeps the pages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from bandcamp_assets.sources.feed.json_text import (
    DoubledKeys,
    JsonFault,
    NumberText,
    Part,
    elements,
    members,
    read_json,
)
from bandcamp_assets.sources.feed.windows import Window

_WRAPPER = "feed_data"
"""`get_initial` puts the page into this field; `get` returns it bare."""

_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?([eE]\+?\d{1,2})?")
_LATEST_SECOND = 100_000_000_000


class UnreadablePage(ValueError):  # noqa: N818 - it says what is wrong with a page
    """A body cannot be used as a page. The message is part of a sentence."""


@dataclass(frozen=True)
class Page:
    """A page of the feed. All times in seconds since 1970-01-01 UTC, as delivered.

    Attributes:
        window: The time that it covers, from `start_date` to `end_date`.
        data_delay_sec: The feed's lag behind the server's clock; None if the page does not say.
        server_time: The server's clock; None if the page does not say.
        events: The events, not parsed.
    """

    window: Window
    data_delay_sec: Decimal | None
    server_time: Decimal | None
    events: tuple[Part, ...]


def read_page(body: bytes) -> Page:
    """Parse a page as received.

    Raises:
        UnreadablePage: If it has no window or no list of events.
    """
    fields = page_fields(read_body(body))
    start, end = (_time(fields.get(name), name) for name in ("start_date", "end_date"))
    if end < start:
        raise UnreadablePage("its window ends before it begins")
    return Page(
        window=Window(start, end),
        data_delay_sec=_number(fields.get("data_delay_sec")),
        server_time=_number(fields.get("server_time")),
        events=tuple(events_of(fields)),
    )


def read_body(body: bytes) -> Part:
    """Read a body as JSON.

    Raises:
        UnreadablePage: If it is not JSON.
    """
    try:
        return read_json(body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UnreadablePage(f"byte {error.start + 1} of it is not UTF-8") from None
    except JsonFault as fault:
        raise UnreadablePage(str(fault)) from None


def page_fields(page: Part) -> dict[str, Part]:
    """The fields of a page by name, without the wrapper.

    Raises:
        UnreadablePage: If it is not an object, or has a field twice.
    """
    fields = _object_members(page)
    wrapped = fields.get(_WRAPPER)
    return fields if wrapped is None else {**fields, **_object_members(wrapped)}


def events_of(fields: dict[str, Part]) -> list[Part]:
    """The events of a page.

    Raises:
        UnreadablePage: If it has no list of events.
    """
    events = fields.get("events")
    if events is None or not isinstance(events.value, list):
        raise UnreadablePage("it has no list of events")
    return elements(events)


def _object_members(part: Part) -> dict[str, Part]:
    if not isinstance(part.value, dict):
        raise UnreadablePage("it is not a JSON object")
    if isinstance(part.value, DoubledKeys):
        raise UnreadablePage("it has a field twice, with different values")
    return members(part)


def _time(part: Part | None, name: str) -> Decimal:
    seconds = _number(part)
    if seconds is None or not 0 < seconds < _LATEST_SECOND:
        raise UnreadablePage(f"its {name} is missing or not a time")
    return seconds


def _number(part: Part | None) -> Decimal | None:
    """The number in a field; None if it is missing or cannot be a time in seconds."""
    if part is None or not isinstance(part.value, NumberText) or not _NUMBER.fullmatch(part.value):
        return None
    return Decimal(part.value)
