"""Synthetic sales as the feed delivers them, the same for the same seed, with the expected sales.

The expected sales are counted while the feed is made, in whole ticks and cents, without any code of the platform.
"""

from __future__ import annotations

import json
import math
import random
import struct
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

SECONDS_A_DAY = 86_400
FIRST_SECOND = 1_602_460_800
"""2020-10-12 00:00 UTC, after the archive's end."""

EVENT_LAG_SECONDS = 0.3
"""How much later than its items an event is dated, as in recorded pages."""

_TICKS = 100_000
_CENTS_A_UNIT = {"USD": 100, "EUR": 118, "GBP": 130, "CAD": 76, "AUD": 73}
_COUNTRIES = (("us", "United States"), ("gb", "United Kingdom"), ("de", "Germany"), ("ru", "Russian Federation"))
_ARTISTS = ("Ora Vell", "None", "NA", "Жёлтый Дым", "夜の笛", 'The "Quiet" Ones, Ltd.', "Sil\u200bent Weir")


@dataclass(frozen=True)
class Event:
    """One event of the feed.

    Attributes:
        seconds: Its time, seconds since 1970.
        text: Its JSON.
        sales: For each good item, its key, its day and its US cents.
        rejected: For each bad item, the reason and its JSON.
    """

    seconds: float
    text: str
    sales: tuple[tuple[str, date, int], ...]
    rejected: tuple[tuple[str, str], ...] = ()


@dataclass
class ExpectedSales:
    """The contents of a part of the feed: each sale and each bad item once.

    Attributes:
        cents: US cents by key of the sale.
        days: Sales and US cents by UTC day.
        rejected: Bad items by reason.
    """

    cents: dict[str, int] = field(default_factory=dict)
    days: dict[date, tuple[int, int]] = field(default_factory=dict)
    rejected: Counter[str] = field(default_factory=Counter)

    def to_json(self) -> str:
        return json.dumps(
            {
                "sales": len(self.cents),
                "amount_paid_usd_cents": sum(self.cents.values()),
                "days": {str(day): {"sales": n, "usd_cents": cents} for day, (n, cents) in self.days.items()},
                "rejected": dict(sorted(self.rejected.items())),
                "ids": sorted(self.cents),
            }
        )


class GeneratedFeed:
    """A feed of some days.

    Args:
        days: How many, from `FIRST_SECOND`.
        seed: The seed of the random numbers.
        sales_per_day: Events a day.
        with_bad_items: Whether one event in fifty is bad.
    """

    def __init__(self, *, days: float, seed: int, sales_per_day: int = 1000, with_bad_items: bool = True) -> None:
        self.end_second = FIRST_SECOND + int(days * SECONDS_A_DAY)
        count = int(days * sales_per_day)
        chance = random.Random(seed)  # noqa: S311
        span = (self.end_second - FIRST_SECOND) * _TICKS
        ticks = sorted(chance.sample(range(FIRST_SECOND * _TICKS, FIRST_SECOND * _TICKS + span), count))
        self.events = [
            _make_event(number, at, chance, bad=with_bad_items and number % 50 == 49)
            for number, at in enumerate(ticks)
        ]
        self._seconds = [event.seconds for event in self.events]

    def between(self, start: float, end: float) -> list[Event]:
        """Events from `start` up to `end`."""
        return self.events[bisect_left(self._seconds, start) : bisect_left(self._seconds, end)]

    def expected(self, windows: Iterable[tuple[float, float]] | None = None) -> ExpectedSales:
        """The expected sales of the events inside the windows; None for all events."""
        chosen = [(-math.inf, math.inf)] if windows is None else list(windows)
        events = {id(event): event for start, end in chosen for event in self.between(start, end)}
        expected = ExpectedSales()
        for event in events.values():
            for key, day, cents in event.sales:
                expected.cents[key] = cents
                sales, money = expected.days.get(day, (0, 0))
                expected.days[day] = (sales + 1, money + cents)
            expected.rejected.update(reason for reason, _ in event.rejected)
        return expected


def _make_event(number: int, ticks: int, chance: random.Random, *, bad: bool) -> Event:
    items = [_make_item(number, place, ticks, chance) for place in range(chance.choice((1, 1, 1, 2, 3)))]
    event: dict[str, Any] = {
        "event_type": "sale",
        "utc_date": round(ticks / _TICKS + EVENT_LAG_SECONDS, 5),
        "items": [item for item, _ in items],
    }
    seconds = event["utc_date"]
    if bad:
        fault, reason = _FAULTS[number // 50 % len(_FAULTS)]
        fault(event)
        spoilt = event.get("items") or [event]
        rejected = tuple((reason, json.dumps(item, ensure_ascii=False)) for item in spoilt)
        return Event(seconds, json.dumps(event, ensure_ascii=False), (), rejected)
    day = datetime.fromtimestamp(ticks // _TICKS, UTC).date()
    whole, rest = divmod(ticks, _TICKS)
    time = f"{whole}.{rest:05d}".rstrip("0").rstrip(".")
    sales = tuple((f"{time}&{item['url']}", day, cents) for item, cents in items)
    return Event(seconds, json.dumps(event, ensure_ascii=False), sales)


def _make_item(number: int, place: int, ticks: int, chance: random.Random) -> tuple[dict[str, Any], int]:
    """One item, and its US cents."""
    currency = chance.choice(tuple(_CENTS_A_UNIT))
    hundredths = chance.choice((0, 100, 499, 700, 999, 1250, 2000))
    paid = hundredths + chance.choice((0, 0, 0, 100, 301))
    cents = paid * _CENTS_A_UNIT[currency] // 100
    code, country = chance.choice(_COUNTRIES)
    seconds = ticks / _TICKS
    kind = chance.choice(("album", "album", "track", "merch"))
    item: dict[str, Any] = {
        # Sometimes with another last bit of the float, as in the real feed.
        "utc_date": math.nextafter(seconds, 0) if chance.random() < 0.2 else seconds,
        "artist_name": chance.choice(_ARTISTS),
        "item_type": {"album": "a", "track": "t", "merch": "p"}[kind],
        "item_description": f"Title {number}",
        "album_title": None,
        "slug_type": kind[0] if kind != "merch" else "p",
        "track_album_slug_text": None,
        "currency": currency,
        "amount_paid": paid / 100,
        "item_price": _through_32_bits(hundredths / 100),
        "amount_paid_usd": cents / 100,
        "country": country,
        "country_code": code,
        "art_id": 1_000_000_000 + number,
        "releases": None,
        "package_image_id": None,
        "url": f"//artist{number % 97}.bandcamp.com/{kind}/title-{number}-{place}",
        "amount_paid_fmt": f"${paid / 100:.2f}",
        "art_url": f"https://f4.bcbits.com/img/a{number}_7.jpg",
    }
    if number % 7 == 0:
        item |= {"a_new_field": {"of": ["any", "shape"]}, "is_gift": False}
    if number % 11 == 0:
        for optional in ("country", "country_code", "album_title", "art_id", "releases", "art_url"):
            del item[optional]
    return item, cents


def _through_32_bits(price: float) -> float:
    """9.99 as 9.98999977111816."""
    return float(f"{struct.unpack('f', struct.pack('f', price))[0]:.15g}")


def _spoil(name: str, value: object) -> Callable[[dict[str, Any]], None]:
    def fault(event: dict[str, Any]) -> None:
        for item in event["items"]:
            item[name] = value

    return fault


def _without(name: str) -> Callable[[dict[str, Any]], None]:
    def fault(event: dict[str, Any]) -> None:
        for item in event["items"]:
            del item[name]

    return fault


_FAULTS: tuple[tuple[Callable[[dict[str, Any]], object], str], ...] = (
    (_spoil("artist_name", {"name": "nested"}), "malformed_row"),
    (_spoil("url", ["//a.bandcamp.com"]), "malformed_row"),
    (lambda event: event.update(items=[f"no object at {event['utc_date']}"]), "malformed_row"),
    (lambda event: event.update(items=[]), "malformed_row"),
    (lambda event: event.pop("items"), "malformed_row"),
    (lambda event: event.update(event_type="refund"), "malformed_row"),
    (_without("url"), "missing_id"),
    (_without("utc_date"), "bad_timestamp"),
    (_spoil("utc_date", "yesterday"), "bad_timestamp"),
    (_spoil("item_type", "x"), "unknown_item_type"),
    (_without("amount_paid"), "bad_amount"),
    (_spoil("item_price", -1), "bad_amount"),
    (_spoil("amount_paid", "free"), "bad_amount"),
    (_spoil("currency", "XXZ"), "unknown_currency"),
    (_spoil("art_id", 12.5), "bad_number"),
)
"""Faults of an event's items, and the reason for which each is rejected."""
