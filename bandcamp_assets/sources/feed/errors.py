"""The feed's errors for people."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

from bandcamp_assets.system.errors import PlatformError

_REMEDY = "check that BANDCAMP_FEED_URL is the feed's address; if it is, the feed may have changed or ended"

_REMEDIES = {
    401: "the feed now requires a sign-in, which this platform does not support: turn polling off",
    403: "the feed does not allow access from here: turn polling off, and ask its owner",
    451: "the feed is not allowed to be read from here: turn polling off",
}


class FeedUnavailable(PlatformError):  # noqa: N818 - it is what happened
    """The feed is not available now, but may be later.

    Attributes:
        come_back_at: When the server wants the next request (UTC); None if it does not say.
    """

    def __init__(self, what: str, *, where: str, remedy: str, come_back_at: datetime | None = None) -> None:
        if come_back_at is not None:
            remedy = f"the server asks to come back at {come_back_at:%Y-%m-%d %H:%M:%S} UTC: do not poll before"
        super().__init__(what, where=where, remedy=remedy)
        self.come_back_at = come_back_at

    def __reduce__(self) -> tuple[object, ...]:
        return (_unavailable, (self.what, self.where, self.remedy, self.come_back_at))


class FeedRefused(PlatformError):  # noqa: N818 - it is what happened
    """The server refuses a request permanently.

    Attributes:
        status: The HTTP status of its answer.
    """

    def __init__(self, what: str, *, where: str, remedy: str, status: int) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.status = status

    def __reduce__(self) -> tuple[object, ...]:
        return (_refused, (self.what, self.where, self.remedy, self.status))


def refused(status: int, address: str) -> FeedRefused:
    """Make the error for a status that a retry cannot change."""
    # The phrase of the standard, not that of the server, which may be any text.
    words = HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
    return FeedRefused(
        f"The feed refuses the page: it answered {status} {words}".strip(),
        where=address,
        remedy=_REMEDIES.get(status, _REMEDY),
        status=status,
    )


def unusable(what: str, where: str) -> PlatformError:
    """Make the error for an answer, or a redirect, that makes no sense."""
    return PlatformError(what, where=where, remedy=_REMEDY)


def _unavailable(what: str, where: str, remedy: str, come_back_at: datetime | None) -> FeedUnavailable:
    return FeedUnavailable(what, where=where, remedy=remedy, come_back_at=come_back_at)


def _refused(what: str, where: str, remedy: str, status: int) -> FeedRefused:
    return FeedRefused(what, where=where, remedy=remedy, status=status)
