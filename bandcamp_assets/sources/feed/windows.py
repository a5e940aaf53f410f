"""The windows of time that pages cover: where they end, where they leave gaps, where they overlap.

Pure functions over the windows of the stored pages, which are the only state that polling has.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bandcamp_assets.contract.codes import CLOCK_TOLERANCE

FUTURE_TOLERANCE_SECONDS = 300
"""How far ahead of the clocks a window may end; a page cannot cover time that has not been."""


@dataclass(frozen=True, order=True)
class Window:
    """A stretch of time in seconds since 1970-01-01 UTC: `start_date` belongs to it, `end_date` does not."""

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
    """What a number of windows cover together.

    Attributes:
        cursor: The end of the latest stretch without a gap: from here on nothing is known. None without windows.
        gaps: Stretches between windows that none of them covers, in the order of time.
        overlaps: Stretches that more than one covers, in the order of time.
    """

    cursor: Decimal | None
    gaps: tuple[Window, ...]
    overlaps: tuple[Window, ...]


def coverage(windows: Iterable[Window]) -> Coverage:
    """Lay windows side by side, in any order."""
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
    """Add an overlap, joined with the last one where they touch."""
    if overlaps and overlap.start_date <= overlaps[-1].end_date:
        last = overlaps.pop()
        overlap = Window(last.start_date, max(last.end_date, overlap.end_date))
    overlaps.append(overlap)


def is_in_future(window: Window, *, server_time: Decimal | None, arrived_at: datetime) -> bool:
    """Tell whether a window ends later than anything can have happened.

    Such a window would hide a gap, or set the cursor so far ahead that nothing is fetched any more. One of the two
    clocks may be wrong, so both must say so; but a window further ahead of ours than a sale may be never counts.

    Args:
        window: The window.
        server_time: The server's clock, where the page tells it.
        arrived_at: Our clock when the page came.
    """
    ours = Decimal(arrived_at.timestamp())
    latest = ours + Decimal(CLOCK_TOLERANCE.total_seconds())
    if server_time is not None:
        latest = min(latest, max(server_time, ours) + FUTURE_TOLERANCE_SECONDS)
    return window.end_date > latest


def plain(seconds: Decimal) -> str:
    """A time as it stands in names and addresses: no exponent, no zeros at the end of a fraction."""
    text = f"{seconds:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
