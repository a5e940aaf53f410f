"""Requests one page of the feed, politely: one request at a time, an honest User-Agent, and limited retries.

An answer is returned complete or not at all. `poll` chooses the page, `answer_body` reads the body, and `page`
parses it.
"""

from __future__ import annotations

import importlib.metadata
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.cookiejar import DefaultCookiePolicy
from types import TracebackType
from typing import Self

import requests
import urllib3
from tenacity import RetryCallState, stop_before_delay

from bandcamp_assets.sources import http_answer
from bandcamp_assets.sources.feed.answer_body import read_answer
from bandcamp_assets.sources.feed.errors import FeedUnavailable, refused, unusable
from bandcamp_assets.sources.feed.windows import plain
from bandcamp_assets.sources.retry_policy import Interrupted, RetryPolicy, retry_after_seconds, retrying
from bandcamp_assets.system.errors import PlatformError

DEFAULT_URL = "https://bandcamp.com/api/salesfeed/1"
MAX_REDIRECTS = 3
LONGEST_COME_BACK = timedelta(days=1)
"""Longest wait accepted from a server, so that one wrong header does not stop the feed for ever."""


@dataclass(frozen=True)
class Patience:
    """The limits of the attempts for one page.

    Attributes:
        total_seconds: Longest time for all attempts and waits together. A server that falls silent in the last
            attempt can exceed it by one timeout. If a server asks for a longer wait, there is no retry.
        answer_seconds: Longest time for one answer, however steadily it arrives.
        attempts: Largest number of requests.
        first_wait_seconds: Backoff after the first failure. It doubles each time, up to half a minute.
        connect_timeout_seconds: Longest wait for a connection.
        read_timeout_seconds: Longest silence of the server.
        max_bytes: An answer that is larger when decompressed is refused.
    """

    total_seconds: float = 120.0
    answer_seconds: float = 60.0
    attempts: int = 6
    first_wait_seconds: float = 2.0
    connect_timeout_seconds: float = 10.0
    read_timeout_seconds: float = 30.0
    max_bytes: int = 32 * 2**20

    @property
    def retry_policy(self) -> RetryPolicy:
        """The same limits for `retry_policy`, which schedules the retries."""
        return RetryPolicy(
            attempts=self.attempts,
            attempts_in_all=self.attempts,
            first_wait_seconds=self.first_wait_seconds,
            longest_wait_seconds=30.0,
            longest_retry_after_seconds=self.total_seconds,
        )


@dataclass(frozen=True)
class Answer:
    """A complete answer of the feed.

    Attributes:
        body: Its bytes, decompressed.
        received_at: When it had arrived, by our clock (UTC).
        attempts: The number of requests.
    """

    body: bytes
    received_at: datetime
    attempts: int


@dataclass
class _Attempts:
    """The attempts for a page so far, and the deadline for further ones (`time.monotonic`)."""

    deadline: float
    made: int = 0


class FeedClient:
    """Requests pages of one feed. A context manager, which closes its connection.

    Args:
        base_url: The feed's address, to which `/get_initial` and `/get` are added.
        contact_url: Where the owner of the feed can reach us; part of the User-Agent.
        patience: The limits of the attempts for one page.

    Raises:
        PlatformError: If `base_url` is not a web address.
    """

    def __init__(
        self, base_url: str = DEFAULT_URL, *, contact_url: str = "", patience: Patience | None = None
    ) -> None:
        self._base_url = http_answer.checked(base_url).rstrip("/")
        self._patience = patience or Patience()
        self._session = requests.Session()
        self._session.max_redirects = MAX_REDIRECTS
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        # Otherwise a password in ~/.netrc would be sent.
        self._session.auth = lambda request: request
        self._session.headers = requests.structures.CaseInsensitiveDict(
            {"User-Agent": user_agent(contact_url), "Accept": "application/json", "Accept-Encoding": "gzip"}
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

    def address(self, start_date: Decimal | None) -> str:
        """The address of the page that begins at `start_date`, or of the first one."""
        return f"{self._base_url}/get_initial" if start_date is None else f"{self._base_url}/get"

    def fetch(self, start_date: Decimal | None) -> Answer:
        """Fetch the page that begins at `start_date`, or the first page.

        Args:
            start_date: The `end_date` of the last page, in seconds since 1970; None for the first page.

        Raises:
            FeedUnavailable: If the page may be available later. It says when, if the server did.
            FeedRefused: If the server refuses this request permanently.
            PlatformError: If the server or its answer has a fault.
        """
        attempts = _Attempts(time.monotonic() + self._patience.total_seconds)
        policy = retrying(self._patience.retry_policy)
        is_exhausted, runs_out = policy.stop, stop_before_delay(self._patience.total_seconds)

        def stop(state: RetryCallState) -> bool:
            return bool(is_exhausted(state)) or runs_out(state)

        try:
            return policy.copy(stop=stop)(self._attempt, start_date, attempts)
        except Interrupted as broken:
            raise self._gave_up(broken, attempts.made, self.address(start_date)) from None

    def _attempt(self, start_date: Decimal | None, attempts: _Attempts) -> Answer:
        attempts.made += 1
        address = http_answer.printable(self.address(start_date))
        try:
            with self._session.get(
                self.address(start_date),
                params=None if start_date is None else {"start_date": plain(start_date)},
                timeout=(self._patience.connect_timeout_seconds, self._patience.read_timeout_seconds),
                stream=True,
            ) as response:
                body = self._receive(response, address, attempts.deadline)
        except Interrupted as broken:
            broken.fruitless_attempts = attempts.made
            raise
        # `from None`, because the texts contain the address, which may contain secrets.
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise _verdict(error, address, attempts.made) from None
        return Answer(body, datetime.now(UTC), attempts.made)

    def _receive(self, response: requests.Response, address: str, latest: float) -> bytes:
        status = response.status_code
        if http_answer.is_worth_retrying(status):
            wait = retry_after_seconds(response.headers.get("Retry-After"), datetime.now(UTC))
            raise Interrupted(f"the server answered {status}", retry_after_seconds=wait)
        if status != 200:
            raise refused(status, address)
        deadline = min(latest, time.monotonic() + self._patience.answer_seconds)
        body = read_answer(response, address, max_bytes=self._patience.max_bytes, deadline=deadline)
        if http_answer.is_web_page(response.headers) or http_answer.begins_like_web_page(body):
            raise unusable("The feed answered with a web page, not with JSON", address)
        return body

    def _gave_up(self, broken: Interrupted, attempts: int, address: str) -> FeedUnavailable:
        wait = broken.retry_after_seconds
        longest = LONGEST_COME_BACK.total_seconds()
        return FeedUnavailable(
            f"The feed is not available now: {broken.reason} (attempt {attempts})",
            where=http_answer.printable(address),
            remedy="usually nothing: the next poll continues where this one stopped; "
            "if the fault stays, check the network and BANDCAMP_FEED_URL",
            come_back_at=None if wait is None else datetime.now(UTC) + timedelta(seconds=min(wait, longest)),
        )


def user_agent(contact_url: str) -> str:
    """The User-Agent: the project, its version, and where its user can be reached."""
    name = f"bandcamp-assets/{importlib.metadata.version('bandcamp-assets')}"
    return f"{name} (+{contact_url})" if contact_url else name


def _verdict(
    error: requests.RequestException | urllib3.exceptions.HTTPError, address: str, attempts: int
) -> PlatformError | Interrupted:
    """Distinguish a temporary fault from a permanent one."""
    if isinstance(error, requests.TooManyRedirects):
        return unusable(f"The feed redirects more than {MAX_REDIRECTS} times", address)
    if isinstance(error, requests.exceptions.InvalidSchema | requests.exceptions.InvalidURL):
        return unusable("The feed redirects to something that is not a web address", address)
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return unusable("The feed's certificate is not trusted", address)
    broken = Interrupted(http_answer.describe(error))
    broken.fruitless_attempts = attempts
    return broken
