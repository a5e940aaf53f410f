"""The result of one poll of the feed: pages, gaps, warnings, and why it ended early. See `poll`."""

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
    """The kind of a warning."""

    CLOCK_SKEW = "clock_skew"
    BACK_IN_TIME = "back_in_time"
    DOUBTFUL_WINDOW = "doubtful_window"
    BEGAN_ANEW = "began_anew"
    MORE_TO_COME = "more_to_come"


@dataclass(frozen=True)
class PollWarning:
    """A fault that people should know but that stopped nothing: its kind, and a sentence."""

    kind: WarningKind
    text: str


@dataclass
class PollResult:
    """The result of one poll.

    Attributes:
        pages: Every answer in the order of arrival, beginning with those that a killed poll had left.
        gaps: New gaps: their sales are lost, unless another page covers the time later.
        overlaps: New times that more than one page covers; their sales are delivered twice.
        cursor: The end of the known part of the feed, in seconds since 1970; None before the first page.
        caught_up: Whether there was nothing newer.
        warnings: The warnings for people.
        error: Why the poll ended early; None if it did not. The caller raises it after recording the pages.
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
        """Answers whose file is new, including unreadable ones."""
        return [page for page in self.pages if page.is_new]

    @property
    def come_back_at(self) -> datetime | None:
        """When the server wants the next request (UTC). Do not poll before."""
        return self.error.come_back_at if isinstance(self.error, FeedUnavailable) else None
