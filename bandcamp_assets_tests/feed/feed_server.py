"""A real HTTP server on 127.0.0.1 that plays a generated feed by a virtual clock, and misbehaves as it is told to.

In a test: `with FeedServer(GeneratedFeed(days=1, seed=1)) as server: server.clock.advance(600)`. As a process:
`python -m bandcamp_assets_tests.feed.feed_server --port 8123 --days 7 --seed 1 --speed 600`; it prints its
address, tells the truth at `/truth` (or `/truth?start=…&end=…`) and moves its clock at `/advance?seconds=…`.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import random
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from bandcamp_assets_tests.feed.generated_feed import FIRST_SECOND, Event, GeneratedFeed


class VirtualClock:
    """Feed time: stands still unless it is moved, or runs `speed` times as fast as real time."""

    def __init__(self, start: float, speed: float = 0.0) -> None:
        self._start = start
        self._speed = speed
        self._began = time.monotonic()

    def now(self) -> float:
        return self._start + (time.monotonic() - self._began) * self._speed

    def advance(self, seconds: float) -> None:
        self._start += seconds

    def utc(self) -> datetime:
        return datetime.fromtimestamp(self.now(), UTC)


@dataclass(frozen=True)
class SeenRequest:
    """What a client asked for; header names in lower case."""

    path: str
    headers: dict[str, str]


class Exchange:
    """One request for a page, the page that is the right answer to it, and the means to answer."""

    def __init__(
        self, server: FeedServer, handler: BaseHTTPRequestHandler, page: dict[str, Any], *, first: bool
    ) -> None:
        self.server = server
        self.page = page
        self._first = first
        self._handler = handler

    @property
    def body(self) -> bytes:
        """The page as JSON, wrapped as `get_initial` does."""
        fields = {name: value for name, value in self.page.items() if name != "events"}
        events = f"[{', '.join(event.text for event in self.page['events'])}]"
        text = f'{json.dumps(fields)[:-1]}{", " if fields else ""}"events": {events}}}'
        return (f'{{"feed_data": {text}}}' if self._first else text).encode()

    def send(self, body: bytes, code: int = 200, *, announced: int | None = None, **headers: str) -> None:
        """Answer; `_` in a header's name stands for `-`."""
        self._handler.send_response(code)
        for name, value in {"Content_Type": "application/json", **headers}.items():
            self._handler.send_header(name.replace("_", "-"), value)
        self._handler.send_header("Content-Length", str(len(body) if announced is None else announced))
        self._handler.send_header("Connection", "close")
        self._handler.end_headers()
        self.write(body)

    def write(self, data: bytes) -> None:
        self._handler.wfile.write(data)
        self._handler.wfile.flush()

    def accepts_gzip(self) -> bool:
        return "gzip" in self._handler.headers.get("Accept-Encoding", "")

    def reset(self) -> None:
        """Break the connection so that the client sees a reset, not an end."""
        self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._handler.rfile.close()
        self._handler.connection.close()


Fault = Callable[[Exchange], None]


def honest(exchange: Exchange) -> None:
    """Answer as the feed does."""
    if exchange.accepts_gzip():
        exchange.send(gzip.compress(exchange.body), Content_Encoding="gzip", Set_Cookie="session=1; Path=/")
    else:
        exchange.send(exchange.body)


def answer(body: bytes, code: int = 200, **headers: str) -> Fault:
    """Answer with this, whatever was asked for."""
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
    """Send half of a packed page, and say that this is all."""
    body = gzip.compress(exchange.body)
    exchange.send(body[: len(body) // 2], Content_Encoding="gzip")


def falsely_packed(exchange: Exchange) -> None:
    """Say that the page is packed, and send it plain."""
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
    """Answer as the feed does, with other fields; None leaves one out."""

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
"""Faults that another attempt gets over."""

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
    """Give a random fault for this share of requests; the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311
    return lambda: chance.choice(PASSING_FAULTS + ENDING_FAULTS) if chance.random() < share else None


class FeedServer:
    """Plays a feed; runs while it is used as a context manager.

    Args:
        feed: What to play.
        faults: Used up one a request; then `fault_source` is asked, and where that gives None it behaves.
        clock: Feed time; None for one that stands at the feed's beginning plus an hour.
        page_seconds: Longest window of a page.
        overlap_seconds: How much earlier than asked a window begins.
        repeat_every: Every so many events one is in the page twice; 0 for none.
        reach_back_seconds: What is older is forgotten.
        refuses_forgotten: Answer 400 where the time asked for is forgotten, instead of the earliest window.
        port: Port to listen on; 0 for any.
    """

    def __init__(
        self,
        feed: GeneratedFeed,
        faults: Iterable[Fault] = (),
        *,
        fault_source: Callable[[], Fault | None] = lambda: None,
        clock: VirtualClock | None = None,
        page_seconds: int = 600,
        overlap_seconds: int = 0,
        repeat_every: int = 40,
        reach_back_seconds: float = 6 * 3600,
        refuses_forgotten: bool = False,
        port: int = 0,
    ) -> None:
        self.feed = feed
        self.faults = deque(faults)
        self.clock = clock or VirtualClock(FIRST_SECOND + 3600)
        self.requests: list[SeenRequest] = []
        self.closing = threading.Event()
        self.most_at_once = 0
        self._fault_source = fault_source
        self._page_seconds = page_seconds
        self._overlap_seconds = overlap_seconds
        self._repeat_every = repeat_every
        self._reach_back_seconds = reach_back_seconds
        self._refuses_forgotten = refuses_forgotten
        self._at_once = 0
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                with contextlib.suppress(ConnectionError), outer._one_more():
                    outer._answer(self)
                self.close_connection = True

            def log_message(self, *_: object) -> None: ...

        self._server = _QuietServer(("127.0.0.1", port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/api/salesfeed/1"

    @property
    def paths(self) -> list[str]:
        """What was asked for, without the part that is always the same."""
        return [request.path.removeprefix("/api/salesfeed/1") for request in self.requests]

    def page(self, start_date: float | None) -> dict[str, Any]:
        """The right page for what is asked, its events unwritten."""
        now = int(self.clock.now())
        earliest = max(FIRST_SECOND, int(now - self._reach_back_seconds))
        asked = max(earliest, now - self._page_seconds if start_date is None else start_date)
        end = max(asked, min(asked + self._page_seconds, now))
        start = asked if start_date is None else max(earliest, asked - self._overlap_seconds)
        return {
            "start_date": min(start, end),
            "end_date": end,
            "data_delay_sec": 120,
            "server_time": now,
            "events": self._repeated(self.feed.between(start, end)),
        }

    def _repeated(self, events: list[Event]) -> list[Event]:
        twice = {n for n in range(len(events)) if self._repeat_every and n % self._repeat_every == 1}
        return [event for n, event in enumerate(events) for _ in range(2 if n in twice else 1)]

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        query = {name: float(values[0]) for name, values in parse_qs(parts.query).items()}
        if parts.path == "/truth":
            windows = [(query["start"], query["end"])] if query else None
            Exchange(self, handler, {}, first=False).send(self.feed.truth(windows).to_json().encode())
            return
        if parts.path == "/advance":
            self.clock.advance(query["seconds"])
            Exchange(self, handler, {}, first=False).send(json.dumps(self.clock.now()).encode())
            return
        headers = {name.lower(): value for name, value in handler.headers.items()}
        with self._lock:
            self.requests.append(SeenRequest(handler.path, headers))
            fault = self.faults.popleft() if self.faults else self._fault_source()
        start = query.get("start_date")
        forgotten = start is not None and start < self.clock.now() - self._reach_back_seconds
        if fault is None and forgotten and self._refuses_forgotten:
            fault = status(400)
        first = parts.path.endswith("/get_initial")
        (fault or honest)(Exchange(self, handler, self.page(start), first=first))

    @contextlib.contextmanager
    def _one_more(self) -> Iterator[None]:
        with self._lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            yield
        finally:
            with self._lock:
                self._at_once -= 1

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of connections that a test broke on purpose."""


def main() -> None:
    """Serve until the process is stopped."""
    parser = argparse.ArgumentParser(description="Plays a made-up feed of sales on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=0, help="0 for any free port")
    parser.add_argument("--days", type=float, default=7)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sales-per-day", type=int, default=1000)
    parser.add_argument("--speed", type=float, default=600, help="seconds of feed a second; 0: only by /advance")
    parser.add_argument("--page-seconds", type=int, default=600)
    parser.add_argument("--overlap-seconds", type=int, default=0)
    parser.add_argument("--reach-back-hours", type=float, default=6)
    parser.add_argument("--faults", type=float, default=0.0, help="share of requests that go wrong")
    given = parser.parse_args()
    server = FeedServer(
        GeneratedFeed(days=given.days, seed=given.seed, sales_per_day=given.sales_per_day),
        clock=VirtualClock(FIRST_SECOND + 600, given.speed),
        fault_source=now_and_then(given.seed, given.faults),
        page_seconds=given.page_seconds,
        overlap_seconds=given.overlap_seconds,
        reach_back_seconds=given.reach_back_hours * 3600,
        port=given.port,
    )
    with server:
        print(server.url, flush=True)
        server.closing.wait()


if __name__ == "__main__":
    main()
