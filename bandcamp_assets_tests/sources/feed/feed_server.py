"""A real HTTP server on 127.0.0.1 that plays a generated feed by a virtual clock, and misbehaves as planned.

In a test: `with FeedServer(GeneratedFeed(days=1, seed=1)) as server: server.clock.advance(600)`. As a process:
`python -m bandcamp_assets_tests.sources.feed.feed_server --port 8123 --days 7 --seed 1 --speed 600`; it prints its
address, serves the expected sales at `/expected` (or `/expected?start=…&end=…`), and moves its clock at
`/advance?seconds=…`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
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

from bandcamp_assets_tests.sources.feed.feed_exchange import Exchange
from bandcamp_assets_tests.sources.feed.feed_faults import Fault, honest, now_and_then, status
from bandcamp_assets_tests.sources.feed.generated_feed import FIRST_SECOND, Event, GeneratedFeed


class VirtualClock:
    """Feed time. It stands still unless advanced, or runs `speed` times as fast as real time."""

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
    """A request of the client; header names in lower case."""

    path: str
    headers: dict[str, str]


class FeedServer:
    """Plays a feed; runs while it is used as a context manager.

    Args:
        feed: The feed to play.
        faults: One for each request. After them `fault_source` is asked; if it returns None, the server behaves.
        clock: Feed time; None for a clock that stands one hour after the beginning of the feed.
        page_seconds: Longest window of a page.
        overlap_seconds: How much earlier than requested a window begins.
        repeat_every: After so many events, one event is in the page twice; 0 for none.
        reach_back_seconds: Older events are forgotten.
        refuses_forgotten: Answer 400 to requests for forgotten times, instead of with the earliest window.
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
        """The requested paths, without their common part."""
        return [request.path.removeprefix("/api/salesfeed/1") for request in self.requests]

    def page(self, start_date: float | None) -> dict[str, Any]:
        """The right page for a request, its events not yet as JSON."""
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
        if parts.path == "/expected":
            windows = [(query["start"], query["end"])] if query else None
            Exchange(self, handler, {}, first=False).send(self.feed.expected(windows).to_json().encode())
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
        """Print nothing about connections that a test broke on purpose."""


def main() -> None:
    """Serve until the process is stopped."""
    parser = argparse.ArgumentParser(description="Plays a synthetic feed of sales on 127.0.0.1.")
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
