"""The errors of the feed that are meant for people."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

from bandcamp_assets.system.errors import PlatformError

_REMEDY = "see that BANDCAMP_FEED_URL is the feed's address; if it is, the feed may have changed or ended"

_REMEDIES = {
    401: "the feed wants a sign-in now, which this platform does not do: turn polling off",
    403: "the feed does not want to be read from here: turn polling off, and ask its owner",
    451: "the feed may not be read from here: turn polling off",
}


class FeedUnavailable(PlatformError):  # noqa: N818 - it is what happened
    """The feed cannot be had now, and may be later.

    Attributes:
        come_back_at: When the server asks to come back (UTC); None where it does not say.
    """

    def __init__(self, what: str, *, where: str, remedy: str, come_back_at: datetime | None = None) -> None:
        if come_back_at is not None:
            remedy = f"the server asks to come back at {come_back_at:%Y-%m-%d %H:%M:%S} UTC: do not poll before"
        super().__init__(what, where=where, remedy=remedy)
        self.come_back_at = come_back_at

    def __reduce__(self) -> tuple[object, ...]:
        return (_unavailable, (self.what, self.where, self.remedy, self.come_back_at))


class FeedRefused(PlatformError):  # noqa: N818 - it is what happened
    """The server refuses a request, and will refuse it again.

    Attributes:
        status: The status it answered with.
    """

    def __init__(self, what: str, *, where: str, remedy: str, status: int) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.status = status

    def __reduce__(self) -> tuple[object, ...]:
        return (_refused, (self.what, self.where, self.remedy, self.status))


def refused(status: int, address: str) -> FeedRefused:
    """Make the error for a status that no further attempt will change."""
    # The standard's words, not the server's, which may be any text.
    words = HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
    return FeedRefused(
        f"The feed does not give out the page: it answered {status} {words}".strip(),
        where=address,
        remedy=_REMEDIES.get(status, _REMEDY),
        status=status,
    )


def unusable(what: str, where: str) -> PlatformError:
    """Make the error for an answer, or a way to it, that makes no sense."""
    return PlatformError(what, where=where, remedy=_REMEDY)


def _unavailable(what: str, where: str, remedy: str, come_back_at: datetime | None) -> FeedUnavailable:
    return FeedUnavailable(what, where=where, remedy=remedy, come_back_at=come_back_at)


def _refused(what: str, where: str, remedy: str, status: int) -> FeedRefused:
    return FeedRefused(what, where=where, remedy=remedy, status=status)
