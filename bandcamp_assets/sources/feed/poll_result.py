"""What one poll of the feed tells its caller: pages, gaps, warnings, and why it ended early. Polling: `poll`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from bandcamp_assets.sources.feed.errors import FeedUnavailable
from bandcamp_assets.sources.feed.store import StoredPage
from bandcamp_assets.sources.feed.windows import Window
from bandcamp_assets.system.errors import PlatformError


class WarningKind(StrEnum):
    """What a warning is about."""

    CLOCK_SKEW = "clock_skew"
    BACK_IN_TIME = "back_in_time"
    DOUBTFUL_WINDOW = "doubtful_window"
    BEGAN_ANEW = "began_anew"
    MORE_TO_COME = "more_to_come"


@dataclass(frozen=True)
class PollWarning:
    """Something that a person should know and that stopped nothing: its kind, and a sentence."""

    kind: WarningKind
    text: str


@dataclass
class PollResult:
    """What one poll brought.

    Attributes:
        pages: Every answer, in the order of coming; those that an earlier poll was killed over come first.
        gaps: Stretches of time that this poll found to be lost, unless another page covers them later.
        overlaps: Stretches that this poll found to be covered more than once; their sales come twice.
        cursor: Up to where the feed is known now, in seconds since 1970; None before the first page.
        caught_up: Whether there was nothing newer.
        warnings: What a person should know.
        error: Why the poll ended early, to be raised by the caller once it has recorded the pages; None where it
            did not.
    """

    pages: list[StoredPage] = field(default_factory=list)
    gaps: tuple[Window, ...] = ()
    overlaps: tuple[Window, ...] = ()
    cursor: Decimal | None = None
    caught_up: bool = False
    warnings: list[PollWarning] = field(default_factory=list)
    error: PlatformError | None = None

    @property
    def new_pages(self) -> list[StoredPage]:
        """Answers whose file was not there before, unreadable ones among them."""
        return [page for page in self.pages if page.is_new]

    @property
    def come_back_at(self) -> datetime | None:
        """When the server asks to come back (UTC). Do not poll before."""
        return self.error.come_back_at if isinstance(self.error, FeedUnavailable) else None
