"""Shared by the tests of the feed: short limits for attempts, a store, and pages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bandcamp_assets.sources.feed import FeedClient, PageStore, Patience, PollResult, poll
from bandcamp_assets_tests.patience import PATIENCE_SECONDS
from bandcamp_assets_tests.sources.feed.feed_server import FeedServer

QUICK = Patience(
    attempts=4, first_wait_seconds=0.01, total_seconds=PATIENCE_SECONDS, read_timeout_seconds=PATIENCE_SECONDS
)


@pytest.fixture
def store(tmp_path: Path) -> PageStore:
    return PageStore(tmp_path / "pages")


def poll_once(
    server: FeedServer, store: PageStore, *, max_pages: int = 500, patience: Patience = QUICK
) -> PollResult:
    """One poll by the server's own clock, without pauses."""
    with FeedClient(server.url, patience=patience) as client:
        return poll(store, client, max_pages=max_pages, pause_seconds=0, now=server.clock.utc)


def page_bytes(start: object = 1000, end: object = 1600, events: object = (), **fields: object) -> bytes:
    """A page as JSON; None omits a field."""
    server_time = end + 9 if isinstance(end, int | float) else None
    page = {"start_date": start, "end_date": end, "server_time": server_time, "events": events}
    page["data_delay_sec"] = 120
    return json.dumps({name: value for name, value in (page | fields).items() if value is not None}).encode()


def names(store: PageStore) -> list[str]:
    """The files of a store, without the lock."""
    return sorted(path.name for path in store.folder.iterdir() if path.name != ".poll.lock")
