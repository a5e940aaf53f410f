"""Words files that wait in an inbox which takes none as a fault. Why it takes none: `landing.refusals`."""

from __future__ import annotations

from datetime import datetime

from bandcamp_assets.alerts.fault import Fault, Severity
from bandcamp_assets.landing.refusals import CLOSED

SOURCE = "closed inbox"


def closed_inbox_faults(waiting: int, now: datetime) -> list[Fault]:
    """A fault as long as files wait in vain.

    Args:
        waiting: How many do.
        now: The time, in UTC.
    """
    if not waiting:
        return []
    return [
        Fault(
            scope=f"{SOURCE}:sample",
            severity=Severity.WARNING,
            what=f"{CLOSED.partition(';')[0]}, but {waiting:,} wait in it",
            where="inbox",
            remedy=CLOSED.partition("; ")[2],
            at=now.timestamp(),
        )
    ]
