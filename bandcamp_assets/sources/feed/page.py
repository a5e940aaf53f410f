"""A page of the feed, read: its window, its clock, its events. Pure: bytes in, values out.

Tolerant of fields that are unknown or missing, strict about those that carry meaning: without a window that
makes sense, or a list of events, a page is unreadable. The events are not looked into here (see
`bandcamp_assets.lake.pages`), and where pages are kept is the concern of `store`.
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
"""`get_initial` puts the page into this field; `get` gives it bare."""

_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?([eE]\+?\d{1,2})?")
_LATEST_SECOND = 100_000_000_000


class UnreadablePage(ValueError):  # noqa: N818 - it says what is wrong with a page
    """A body is no page that can be used as a whole. Its message is part of a sentence."""


@dataclass(frozen=True)
class Page:
    """A page of the feed. All times in seconds since 1970-01-01 UTC, as delivered.

    Attributes:
        window: What it covers, from `start_date` to `end_date`.
        data_delay_sec: How far behind the server's clock the feed runs; None where the page does not say.
        server_time: The server's clock; None where the page does not say.
        events: The events, unread.
    """

    window: Window
    data_delay_sec: Decimal | None
    server_time: Decimal | None
    events: tuple[Part, ...]


def read_page(body: bytes) -> Page:
    """Read a page as the server gave it.

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
        UnreadablePage: If it is none.
    """
    try:
        return read_json(body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UnreadablePage(f"byte {error.start + 1} of it is no UTF-8") from None
    except JsonFault as fault:
        raise UnreadablePage(str(fault)) from None


def page_fields(page: Part) -> dict[str, Part]:
    """Give the fields of a page by name, taken out of the wrapper where there is one.

    Raises:
        UnreadablePage: If it is no object, or has a field twice.
    """
    fields = _object_members(page)
    wrapped = fields.get(_WRAPPER)
    return fields if wrapped is None else {**fields, **_object_members(wrapped)}


def events_of(fields: dict[str, Part]) -> list[Part]:
    """Give a page's events.

    Raises:
        UnreadablePage: If there is no list of them.
    """
    events = fields.get("events")
    if events is None or not isinstance(events.value, list):
        raise UnreadablePage("it has no list of events")
    return elements(events)


def _object_members(part: Part) -> dict[str, Part]:
    if not isinstance(part.value, dict):
        raise UnreadablePage("it is no object of JSON")
    if isinstance(part.value, DoubledKeys):
        raise UnreadablePage("a field stands in it twice, with different values")
    return members(part)


def _time(part: Part | None, name: str) -> Decimal:
    seconds = _number(part)
    if seconds is None or not 0 < seconds < _LATEST_SECOND:
        raise UnreadablePage(f"its {name} is missing or no time")
    return seconds


def _number(part: Part | None) -> Decimal | None:
    """The number in a field; None where there is none, or one that can be no count of seconds."""
    if part is None or not isinstance(part.value, NumberText) or not _NUMBER.fullmatch(part.value):
        return None
    return Decimal(part.value)
