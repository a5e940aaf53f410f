"""The live feed: Bandcamp's unofficial feed of sales, fetched page by page and stored as received.

`poll` fetches new pages into a `PageStore`; the stored pages are its only state. `client` speaks HTTP, `page`
parses the window of a page, and `windows` finds gaps and overlaps. `bandcamp_assets.lake.pages` parses the items,
and the schedule decides when to poll.
"""

from bandcamp_assets.sources.feed.client import DEFAULT_URL, FeedClient, Patience
from bandcamp_assets.sources.feed.errors import FeedRefused, FeedUnavailable
from bandcamp_assets.sources.feed.poll import poll
from bandcamp_assets.sources.feed.poll_result import PollResult, PollWarning, WarningKind
from bandcamp_assets.sources.feed.store import PageKind, PageStore, StoredPage
from bandcamp_assets.sources.feed.windows import Coverage, Window, coverage

__all__ = [
    "DEFAULT_URL",
    "Coverage",
    "FeedClient",
    "FeedRefused",
    "FeedUnavailable",
    "PageKind",
    "PageStore",
    "Patience",
    "PollResult",
    "PollWarning",
    "StoredPage",
    "WarningKind",
    "Window",
    "coverage",
    "poll",
]
