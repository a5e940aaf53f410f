"""Retries of broken downloads, with backoff. It knows nothing of HTTP except `Retry-After`."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt


@dataclass(frozen=True)
class RetryPolicy:
    """The limits of a download's retries.

    Attributes:
        attempts: Most failed attempts in a row without a new byte.
        attempts_in_all: Most failed attempts in all, even if each brought some bytes.
        first_wait_seconds: Backoff after the first failure. It doubles with each further one.
        longest_wait_seconds: Longest backoff.
        longest_retry_after_seconds: If a server asks for a longer wait than this, there is no retry.
        connect_timeout_seconds: Longest wait for a connection.
        read_timeout_seconds: Longest silence of the server before the connection counts as broken.
    """

    attempts: int = 6
    attempts_in_all: int = 200
    first_wait_seconds: float = 1.0
    longest_wait_seconds: float = 60.0
    longest_retry_after_seconds: float = 300.0
    connect_timeout_seconds: float = 15.0
    read_timeout_seconds: float = 60.0


class Interrupted(Exception):  # noqa: N818 - nothing is wrong for good yet
    """An attempt was interrupted; a retry may succeed. Callers of `sources` never see this error.

    Args:
        reason: What happened, as part of a sentence, without the address.
        retry_after_seconds: How long the server asked to wait, if it did.
    """

    def __init__(self, reason: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after_seconds = retry_after_seconds
        self.fruitless_attempts = 1
        """Attempts in a row without a new byte, including this one; set by the code that counts them."""


def retrying(policy: RetryPolicy) -> Retrying:
    """Make tenacity retry on `Interrupted`, and finally raise the last `Interrupted`."""

    def is_exhausted(state: RetryCallState) -> bool:
        broken = _interruption(state)
        asked = broken.retry_after_seconds or 0.0
        return broken.fruitless_attempts >= policy.attempts or asked > policy.longest_retry_after_seconds

    def wait_seconds(state: RetryCallState) -> float:
        broken = _interruption(state)
        own = _backoff_seconds(policy, broken.fruitless_attempts)
        return max(own, min(broken.retry_after_seconds or 0.0, policy.longest_retry_after_seconds))

    return Retrying(
        retry=retry_if_exception_type(Interrupted),
        stop=lambda state: is_exhausted(state) or stop_after_attempt(policy.attempts_in_all)(state),
        wait=wait_seconds,
        reraise=True,
    )


def retry_after_seconds(header: str | None, now: datetime) -> float | None:
    """Parse a `Retry-After` header: seconds or a date; None if it is missing or invalid (RFC 9110, 10.2.3)."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds())


def _backoff_seconds(policy: RetryPolicy, failures: int) -> float:
    doubled: float = policy.first_wait_seconds * 2.0 ** min(failures - 1, 30)
    # Half of the backoff is random, so that clients that were cut off together do not retry together.
    return min(doubled, policy.longest_wait_seconds) * random.uniform(0.5, 1.0)  # noqa: S311


def _interruption(state: RetryCallState) -> Interrupted:
    broken = state.outcome.exception() if state.outcome else None
    if not isinstance(broken, Interrupted):  # tenacity asks only about errors that it retries
        raise TypeError(f"not an interruption: {broken!r}")
    return broken
