"""Polls the feed: fetches page after page until there is nothing newer, and stores each before the next request.

The store is the only state. A poll can be killed at any moment, and the next one continues from what is on disk.
The caller decides when to poll and what to do about gaps and warnings.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

from bandcamp_assets.sources.feed.client import FeedClient
from bandcamp_assets.sources.feed.errors import FeedRefused, unusable
from bandcamp_assets.sources.feed.page import Page
from bandcamp_assets.sources.feed.poll_result import PollResult, PollWarning, WarningKind
from bandcamp_assets.sources.feed.store import PageKind, PageStore, StoredPage
from bandcamp_assets.sources.feed.windows import Coverage, Window, coverage, plain
from bandcamp_assets.sources.http_answer import printable
from bandcamp_assets.system.errors import PlatformError

SKEW_TOLERANCE_SECONDS = 300
USUAL_DELAY_SECONDS = Decimal(120)
"""Assumed lag of the feed behind the server's clock, if a page does not say."""

_REACHES_NOT_BACK = (400, 404, 410, 416, 422)
"""Statuses that may mean that the server no longer has the requested time."""


def _now() -> datetime:
    return datetime.now(UTC)


def poll(
    store: PageStore,
    client: FeedClient,
    *,
    max_pages: int = 500,
    pause_seconds: float = 1.0,
    now: Callable[[], datetime] = _now,
) -> PollResult:
    """Fetch new pages of the feed into the store.

    Args:
        store: The store of pages. No other poll may use it at the same time.
        client: The HTTP client of the feed.
        max_pages: Largest number of pages. The next poll continues from there.
        pause_seconds: Pause between an answer and the next request.
        now: Our clock.

    Returns:
        The result. An error does not undo the pages before it; it is in `error`.

    Raises:
        PlatformError: If the store cannot be used.
    """
    with store.sole_use():
        known = store.windows()
        before = coverage(known)
        run = _Poll(store, client, now, known, before.cursor)
        run.settle_leftovers()
        try:
            run.catch_up(max_pages, pause_seconds)
        except PlatformError as error:
            run.result.error = error
    return run.finished(before)


class _Poll:
    """One running poll."""

    def __init__(
        self,
        store: PageStore,
        client: FeedClient,
        now: Callable[[], datetime],
        windows: list[Window],
        cursor: Decimal | None,
    ) -> None:
        self._store = store
        self._client = client
        self._now = now
        self._windows = windows
        self._cursor = cursor
        self._warned: set[WarningKind] = set()
        self.result = PollResult()

    def settle_leftovers(self) -> None:
        """Process answers that a killed process had received but not read."""
        for arrived in self._store.unsettled():
            self._take_in(self._store.settle(arrived, cursor=self._cursor))

    def catch_up(self, max_pages: int, pause_seconds: float) -> None:
        """Fetch pages until there is nothing newer."""
        for number in range(max_pages):
            if number:
                time.sleep(pause_seconds)
            if self._is_last(*self._next()):
                self.result.caught_up = True
                return
        self._warn(WarningKind.MORE_TO_COME, f"The poll stopped after {max_pages} pages, but the feed has more")

    def _next(self) -> tuple[StoredPage, Decimal | None, datetime]:
        """Fetch and store the next page. Return it, the cursor before it, and the time of its arrival."""
        asked_from = self._cursor
        try:
            answer = self._client.fetch(asked_from)
        except FeedRefused as error:
            if asked_from is None or error.status not in _REACHES_NOT_BACK:
                raise
            answer = self._client.fetch(None)
            self._warn(
                WarningKind.BEGAN_ANEW,
                f"The feed answered {error.status} to the request for pages after {_shown(asked_from)}; "
                "the poll started again at its latest page",
            )
        arrived_at = self._now()
        stored = self._store.settle(self._store.keep(answer.body), cursor=asked_from, arrived_at=arrived_at)
        self._take_in(stored)
        if stored.page is not None:
            self._compare_clocks(stored.page, arrived_at)
        return stored, asked_from, arrived_at

    def _take_in(self, stored: StoredPage) -> None:
        self.result.pages.append(stored)
        if stored.kind is PageKind.PAGE and stored.page is not None:
            end = stored.page.window.end_date
            self._cursor = end if self._cursor is None else max(self._cursor, end)
            if stored.is_new:
                self._windows.append(stored.page.window)

    def _is_last(self, stored: StoredPage, cursor: Decimal | None, arrived_at: datetime) -> bool:
        """Whether there is nothing newer after this page.

        Raises:
            PlatformError: If the answer is not a page.
        """
        if stored.page is None:
            address = printable(self._client.address(cursor))
            raise unusable(f"The feed's answer is not a page: {stored.fault}", f"{address}, kept as {stored.path}")
        window = stored.page.window
        if stored.kind is PageKind.DOUBTFUL:
            self._warn(
                WarningKind.DOUBTFUL_WINDOW,
                f"The feed sent a page up to {_shown(window.end_date)}, which is in the future; it is ignored",
            )
            return True
        if cursor is None:
            return _reaches_present(stored.page, window.seconds, arrived_at)
        if window.end_date < cursor:
            self._warn(
                WarningKind.BACK_IN_TIME,
                f"The feed was asked for pages after {_shown(cursor)}, "
                f"but sent a page that ends at {_shown(window.end_date)}",
            )
        gained_seconds = window.end_date - cursor
        return gained_seconds <= 0 or _reaches_present(stored.page, gained_seconds, arrived_at)

    def _compare_clocks(self, page: Page, arrived_at: datetime) -> None:
        if page.server_time is None:
            return
        ahead = float(page.server_time) - arrived_at.timestamp()
        if abs(ahead) > SKEW_TOLERANCE_SECONDS:
            direction = "ahead of" if ahead > 0 else "behind"
            self._warn(
                WarningKind.CLOCK_SKEW, f"The feed's clock is {abs(ahead):,.0f} seconds {direction} this machine's"
            )

    def _warn(self, kind: WarningKind, text: str) -> None:
        """Add a warning, but only one of each kind in a poll."""
        if kind not in self._warned:
            self._warned.add(kind)
            self.result.warnings.append(PollWarning(kind, text))

    def finished(self, before: Coverage) -> PollResult:
        """Make the result, with the gaps and overlaps that are new since `before`."""
        after = coverage(self._windows)
        self.result.cursor = self._cursor
        self.result.gaps = tuple(gap for gap in after.gaps if gap not in before.gaps)
        self.result.overlaps = tuple(overlap for overlap in after.overlaps if overlap not in before.overlaps)
        return self.result


def _reaches_present(page: Page, gained_seconds: Decimal, arrived_at: datetime) -> bool:
    """Whether a page ends so late that there cannot be anything newer yet.

    At the end of the feed, each further request would return a page of a second or two.
    """
    delay = USUAL_DELAY_SECONDS if page.data_delay_sec is None else page.data_delay_sec
    if page.server_time is None:
        return gained_seconds < delay
    # The slower of the two clocks: a wrong clock that is ahead would keep the poll running for ever.
    return page.window.end_date + delay >= min(page.server_time, Decimal(arrived_at.timestamp()))


def _shown(seconds: Decimal) -> str:
    return f"{datetime.fromtimestamp(float(seconds), UTC):%Y-%m-%d %H:%M:%S} UTC ({plain(seconds)})"
