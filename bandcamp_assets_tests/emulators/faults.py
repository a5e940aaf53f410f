"""What can go wrong between a client and a Google service, as values: the effects, and when each happens.

Pure; the proxy that carries them out stands in `proxy`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_REASONS: dict[int, tuple[str, str, str]] = {
    400: ("invalid", "INVALID_ARGUMENT", "Bad Request"),
    401: (
        "authError",
        "UNAUTHENTICATED",
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other "
        "valid authentication credential.",
    ),
    403: ("forbidden", "PERMISSION_DENIED", "The caller does not have permission"),
    404: ("notFound", "NOT_FOUND", "Not Found"),
    409: ("duplicate", "ALREADY_EXISTS", "Already Exists"),
    412: (
        "conditionNotMet",
        "FAILED_PRECONDITION",
        "At least one of the pre-conditions you specified did not hold.",
    ),
    429: ("rateLimitExceeded", "RESOURCE_EXHAUSTED", "Exceeded rate limits: too many requests. Please back off."),
    500: ("internalError", "INTERNAL", "An internal error occurred and the request could not be completed."),
    502: ("badGateway", "UNAVAILABLE", "Bad Gateway"),
    503: ("backendError", "UNAVAILABLE", "Service unavailable. Please try again."),
}


@dataclass(frozen=True)
class Answer:
    """Answers in the service's place, with Google's JSON for errors.

    Args:
        status: The HTTP status.
        reason: Google's reason, such as `accessDenied`; the usual one of the status if not given.
        message: The message; the usual one of the status if not given.
        headers: Further headers, such as `Retry-After`.
    """

    status: int
    reason: str | None = None
    message: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> bytes:
        """The error in the shape of all Google APIs."""
        usual_reason, name, usual_message = _REASONS.get(self.status, ("unknown", "UNKNOWN", "Unknown error"))
        message = self.message or usual_message
        detail = {"message": message, "domain": "global", "reason": self.reason or usual_reason}
        error = {"code": self.status, "message": message, "errors": [detail], "status": name}
        return json.dumps({"error": error}).encode()


@dataclass(frozen=True)
class DropRequest:
    """Closes the connection before anything reaches the service."""


@dataclass(frozen=True)
class DropAnswer:
    """Lets the service do its work, then closes the connection: the lost answer."""


@dataclass(frozen=True)
class HalfAnAnswer:
    """Closes the connection half way through the answer's body."""


@dataclass(frozen=True)
class CorruptAnswer:
    """Turns one byte of the answer's body around.

    Args:
        at: Which byte, as a fraction of the body's length.
    """

    at: float = 0.5


@dataclass(frozen=True)
class CorruptRequest:
    """Turns one byte of the request's body around.

    Args:
        at: Which byte, as a fraction of the body's length; an upload's metadata stands first.
    """

    at: float = 0.5


@dataclass(frozen=True)
class JobFailed:
    """Lets the service answer about a job, but says that it has ended with an error.

    Args:
        reason: Google's reason, such as `backendError`.
        message: The message.
    """

    reason: str
    message: str = "The job encountered an error during execution."

    def body(self, answered: bytes) -> bytes:
        """The job as it was answered, with this end."""
        error = {"reason": self.reason, "message": self.message}
        ended = {"state": "DONE", "errorResult": error, "errors": [error]}
        return json.dumps({**json.loads(answered), "status": ended}).encode()


@dataclass(frozen=True)
class Delay:
    """Holds the request back.

    Args:
        seconds: For how long.
    """

    seconds: float


Effect = Answer | DropRequest | DropAnswer | HalfAnAnswer | CorruptAnswer | CorruptRequest | JobFailed | Delay


@dataclass
class Fault:
    """An effect, and the requests that it happens to.

    Args:
        effect: What happens.
        method: The HTTP method; any if not given.
        path: A regular expression found in the path with its query; any if not given.
        skip: How many matching requests pass first.
        times: How many matching requests it then happens to; None means all.
    """

    effect: Effect
    method: str | None = None
    path: str = ""
    skip: int = 0
    times: int | None = 1
    seen: int = field(default=0, init=False)

    def strikes(self, method: str, path: str) -> bool:
        """Whether it happens to this request, which counts as one of its matches."""
        if (self.method and self.method != method) or not re.search(self.path, path):
            return False
        self.seen += 1
        return self.seen > self.skip and (self.times is None or self.seen <= self.skip + self.times)


def corrupted(body: bytes, at: float) -> bytes:
    """The same bytes, but one, at this fraction of the length, has all its bits turned around."""
    if not body:
        return body
    position = min(int(len(body) * at), len(body) - 1)
    return body[:position] + bytes([body[position] ^ 0xFF]) + body[position + 1 :]
