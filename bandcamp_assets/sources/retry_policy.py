"""When a broken download is tried again, and after how long. Knows nothing of HTTP but `Retry-After`."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt


@dataclass(frozen=True)
class RetryPolicy:
    """How patient a download is.

    Attributes:
        attempts: Failed attempts in a row that bring no new byte, after which it gives up.
        attempts_in_all: Failed attempts after which it gives up even if each brought some bytes.
        first_wait_seconds: Wait after the first failure; it doubles with each further one.
        longest_wait_seconds: No wait of our own choice is longer.
        longest_retry_after_seconds: A server that asks for a longer wait than this is not waited for.
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
    """An attempt broke off; another one may succeed. Never leaves `landing`.

    Args:
        reason: What happened, as part of a sentence, free of the address.
        retry_after_seconds: How long the server asked to wait, if it did.
    """

    def __init__(self, reason: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after_seconds = retry_after_seconds
        self.fruitless_attempts = 1
        """Attempts in a row, this one included, that brought no new byte; set by who counts them."""


def retrying(policy: RetryPolicy) -> Retrying:
    """Make tenacity repeat what raises `Interrupted`, and in the end raise the last `Interrupted`."""

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
    """Read a `Retry-After` header: seconds, or a date. Nonsense counts as absent (RFC 9110, 10.2.3)."""
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
    # Half of the wait is left to chance, so that clients cut off together do not come back together.
    return min(doubled, policy.longest_wait_seconds) * random.uniform(0.5, 1.0)  # noqa: S311


def _interruption(state: RetryCallState) -> Interrupted:
    broken = state.outcome.exception() if state.outcome else None
    if not isinstance(broken, Interrupted):  # tenacity asks only about what it is told to retry
        raise TypeError(f"not an interruption: {broken!r}")
    return broken
