"""The live feed: Bandcamp's unofficial feed of sales, fetched page by page and kept as delivered.

`poll` brings what is new into a `PageStore`; the pages stored are all the state there is. `client` speaks HTTP,
`page` reads a page's window, `windows` finds gaps and overlaps. What becomes of a page's items stands in
`bandcamp_assets.lake.pages`; when to poll is the concern of the schedule.
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
