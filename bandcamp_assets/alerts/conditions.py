"""Words as faults what can be wrong without any run. Who finds out that it is: `defs.sensors.alerts`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bandcamp_assets.alerts.fault import Fault, Severity
from bandcamp_assets.alerts.flood import FORGET_AFTER_SECONDS
from bandcamp_assets.alerts.message import shown_minute
from bandcamp_assets.landing.refusals import CLOSED

CLOSED_INBOX, FEED_GAP, OVERDUE = "closed inbox", "feed gap", "overdue"
"""What the scopes of these faults begin with."""

_WHAT_IS_OVERDUE = {
    "FAIL": (Severity.ERROR, "It has not been materialized for longer than its freshness policy allows"),
    "WARN": (Severity.WARNING, "It will soon be older than its freshness policy allows"),
}


def closed_inbox_faults(waiting: int, now: float) -> list[Fault]:
    """A fault as long as files wait in an inbox that takes none."""
    if not waiting:
        return []
    what, _, remedy = CLOSED.partition("; ")
    what = f"{what}, but {waiting:,} wait in it"
    return [Fault(f"{CLOSED_INBOX}:sample", Severity.WARNING, what, "inbox", remedy, at=now)]


def feed_gap_faults(gaps: Iterable[tuple[float, float]], now: float) -> list[Fault]:
    """A fault for each gap that is not too old to be told of.

    Args:
        gaps: Start and end of each stretch of time that no page of the feed covers, in Unix seconds.
        now: The time, in Unix seconds.
    """
    return [
        Fault(
            scope=f"{FEED_GAP}:{shown_minute(first)}",
            severity=Severity.WARNING,
            what=f"The feed has no sales of {shown_minute(first)} to {shown_minute(last)} UTC, "
            f"{(last - first) / 60:,.0f} minutes",
            where="live feed of Bandcamp's sales",
            remedy="a page or file that covers this time fills the gap; poll more often than the feed looks back",
            at=last,
        )
        for first, last in gaps
        if now - last < FORGET_AFTER_SECONDS
    ]


def overdue_faults(states: Mapping[str, str], now: float) -> list[Fault]:
    """A fault for each asset whose freshness policy is broken, or about to be.

    Args:
        states: What Dagster's freshness daemon says of each asset: PASS, WARN, FAIL or other.
        now: The time, in Unix seconds.
    """
    remedy = "see in the Dagster UI whether sensors and schedules run, and how its last run ended"
    return [
        Fault(f"{OVERDUE}:{asset}", *_WHAT_IS_OVERDUE[state], f"asset {asset}", remedy, at=now)
        for asset, state in sorted(states.items())
        if state in _WHAT_IS_OVERDUE
    ]
