"""Words gaps in the live feed as faults. Which gaps there are is known by `bandcamp_assets.sources.feed`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bandcamp_assets.alerts.fault import Fault, Severity
from bandcamp_assets.alerts.flood import FORGET_AFTER_SECONDS

SOURCE = "feed gap"


def feed_gap_faults(gaps: Iterable[tuple[datetime, datetime]], now: datetime) -> list[Fault]:
    """A fault for each gap that is not too old to be told of.

    Args:
        gaps: Start and end in UTC of each stretch of time that no page of the feed covers.
        now: The time, in UTC.
    """
    return [
        Fault(
            scope=f"{SOURCE}:{_minute(first)}",
            severity=Severity.WARNING,
            what=f"The feed has no sales of {_minute(first)} to {_minute(last)} UTC, "
            f"{(last - first).total_seconds() / 60:,.0f} minutes",
            where="live feed of Bandcamp's sales",
            remedy="a page or file that covers this time fills the gap; poll more often than the feed looks back",
            at=last.timestamp(),
        )
        for first, last in gaps
        if (now - last).total_seconds() < FORGET_AFTER_SECONDS
    ]


def _minute(time: datetime) -> str:
    return time.strftime("%Y-%m-%d %H:%M")
