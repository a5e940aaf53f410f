"""Finds the end, the gaps and the overlaps of the windows of time that pages cover.

Pure functions over the windows of the stored pages, which are the only state of polling.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bandcamp_assets.contract.codes import CLOCK_TOLERANCE

FUTURE_TOLERANCE_SECONDS = 300
"""How far ahead of the clocks a window may end. A page cannot cover the future."""


@dataclass(frozen=True, order=True)
class Window:
    """A time interval in seconds since 1970-01-01 UTC, with `start_date` and without `end_date`."""

    start_date: Decimal
    end_date: Decimal

    @property
    def seconds(self) -> Decimal:
        """Its length."""
        return self.end_date - self.start_date

    def __str__(self) -> str:
        return f"{plain(self.start_date)}-{plain(self.end_date)}"


@dataclass(frozen=True)
class Coverage:
    """The time that several windows cover together.

    Attributes:
        cursor: The end of the latest window, after which nothing is known; None without windows.
        gaps: The intervals between windows that no window covers, in order of time.
        overlaps: The intervals that more than one window covers, in order of time.
    """

    cursor: Decimal | None
    gaps: tuple[Window, ...]
    overlaps: tuple[Window, ...]


def coverage(windows: Iterable[Window]) -> Coverage:
    """Compute the coverage of windows, given in any order."""
    cursor: Decimal | None = None
    gaps: list[Window] = []
    overlaps: list[Window] = []
    for window in sorted(windows):
        if cursor is not None and window.start_date > cursor:
            gaps.append(Window(cursor, window.start_date))
        elif cursor is not None and min(cursor, window.end_date) > window.start_date:
            _add(overlaps, Window(window.start_date, min(cursor, window.end_date)))
        cursor = window.end_date if cursor is None else max(cursor, window.end_date)
    return Coverage(cursor, tuple(gaps), tuple(overlaps))


def _add(overlaps: list[Window], overlap: Window) -> None:
    """Add an overlap, and merge it with the last one if they touch."""
    if overlaps and overlap.start_date <= overlaps[-1].end_date:
        last = overlaps.pop()
        overlap = Window(last.start_date, max(last.end_date, overlap.end_date))
    overlaps.append(overlap)


def is_in_future(window: Window, *, server_time: Decimal | None, arrived_at: datetime) -> bool:
    """Whether a window ends in the future.

    Such a window would hide a gap, or set the cursor so far ahead that nothing more is fetched. One of the two
    clocks may be wrong, so both must agree. But a window that is further ahead of our clock than a sale may be is
    always in the future.

    Args:
        window: The window.
        server_time: The server's clock; None if the page does not say.
        arrived_at: When the page arrived, by our clock.
    """
    ours = Decimal(arrived_at.timestamp())
    latest = ours + Decimal(CLOCK_TOLERANCE.total_seconds())
    if server_time is not None:
        latest = min(latest, max(server_time, ours) + FUTURE_TOLERANCE_SECONDS)
    return window.end_date > latest


def plain(seconds: Decimal) -> str:
    """A time for names and addresses: without exponent and trailing zeros."""
    text = f"{seconds:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
