"""Answers of the feed's server: right ones, and faults that a client must survive."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable

from bandcamp_assets_tests.sources.feed.feed_exchange import Exchange

Fault = Callable[[Exchange], None]


def honest(exchange: Exchange) -> None:
    """Answer as the feed does."""
    if exchange.accepts_gzip():
        exchange.send(gzip.compress(exchange.body), Content_Encoding="gzip", Set_Cookie="session=1; Path=/")
    else:
        exchange.send(exchange.body)


def answer(body: bytes, code: int = 200, **headers: str) -> Fault:
    """Answer with this, whatever was requested."""
    return lambda exchange: exchange.send(body, code, announced=None, **headers)


def status(code: int, **headers: str) -> Fault:
    """Answer with a status and a web page, as servers do."""
    return answer(b"<html><body>no</body></html>", code, Content_Type="text/html", **headers)


def drop(exchange: Exchange) -> None:
    """Break the connection before anything is sent."""
    exchange.reset()


def half(exchange: Exchange) -> None:
    """Announce the whole page and send half of it."""
    body = exchange.body
    exchange.send(body[: len(body) // 2], announced=len(body))


def half_packed(exchange: Exchange) -> None:
    """Send half of a compressed page, and announce that size."""
    body = gzip.compress(exchange.body)
    exchange.send(body[: len(body) // 2], Content_Encoding="gzip")


def falsely_packed(exchange: Exchange) -> None:
    """Announce a compressed page, and send it plain."""
    exchange.send(exchange.body, Content_Encoding="gzip")


def dripping(exchange: Exchange) -> None:
    """Send a few bytes at a time, never silent for long, until the server is closed."""
    exchange.send(b"", announced=10_000_000)
    while not exchange.server.closing.wait(0.02):
        exchange.write(b"   ")


def silent(exchange: Exchange) -> None:
    """Send nothing at all, until the server is closed."""
    exchange.server.closing.wait(60)


def edited(**fields: object) -> Fault:
    """Answer as the feed does, with other fields; None omits a field."""

    def fault(exchange: Exchange) -> None:
        page = {**exchange.page, **fields}
        exchange.page = {name: value for name, value in page.items() if value is not None}
        honest(exchange)

    return fault


def skewed(seconds: float) -> Fault:
    """Answer with another server's clock."""
    return lambda exchange: edited(server_time=exchange.page["server_time"] + seconds)(exchange)


PASSING_FAULTS: tuple[Fault, ...] = (
    status(500),
    status(503),
    status(429, Retry_After="0"),
    drop,
    half,
    half_packed,
)
"""Faults that a retry survives."""

ENDING_FAULTS: tuple[Fault, ...] = (
    answer(b"<!doctype html><html><body>be right back</body></html>", Content_Type="text/html"),
    status(403),
    answer(b""),
    answer(b'{"error": true}'),
    answer(b'{"start_date": 1'),
    falsely_packed,
)
"""Faults that end a poll."""


def now_and_then(seed: int, share: float) -> Callable[[], Fault | None]:
    """Return a random fault for this share of requests, the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311
    return lambda: chance.choice(PASSING_FAULTS + ENDING_FAULTS) if chance.random() < share else None
