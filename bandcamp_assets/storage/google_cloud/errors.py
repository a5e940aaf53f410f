"""Turns errors of Google's clients into messages: what happened, where, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import requests
from google.api_core import exceptions as api
from google.api_core.retry import Retry
from google.auth import exceptions as auth
from google.cloud.storage.exceptions import DataCorruption

from bandcamp_assets.system.errors import PlatformError

NO_RETRY = Retry(predicate=lambda _error: False)
"""For requests that the client must not retry by itself."""

_LOGIN = "run `gcloud auth application-default login`, or renew the key file, and run again"
_AGAIN = "check https://status.cloud.google.com and your network, and run again: finished work is kept"

_REASONS = {
    "accessNotConfigured": "enable the API in the project (infra/terraform does), wait a minute, and run again",
    "SERVICE_DISABLED": "enable the API in the project (infra/terraform does), wait a minute, and run again",
    "billingNotEnabled": "link a billing account to the project, and run again",
    "quotaExceeded": "wait until the quota is free again, or ask for more, and run again",
    "rateLimitExceeded": "wait a minute, and run again: finished work is kept",
    "bytesBilledLimitExceeded": "raise BANDCAMP_GCP_MAX_BYTES_BILLED if the query is worth it",
}
"""Remedies by the reason of a refusal, where the reason says more than the status."""

_REMEDIES: list[tuple[type[Exception], str]] = [
    (auth.GoogleAuthError, _LOGIN),
    (api.Unauthorized, _LOGIN),
    (api.Forbidden, "grant the missing role (see `bandcamp doctor` and infra/terraform), and run again"),
    (api.NotFound, "check project, bucket, dataset and location, for example with `bandcamp doctor`"),
    (api.PreconditionFailed, "another run changed it at the same time: run again"),
    (api.TooManyRequests, "wait a minute, and run again: finished work is kept"),
    (api.BadRequest, "check the settings, for example with `bandcamp doctor`"),
]


@contextmanager
def google_errors(where: str, *, role: str = "") -> Iterator[None]:
    """Turn errors of Google's clients into a `PlatformError`.

    Args:
        where: What was being read or written.
        role: The role to grant if permission is denied, if the caller knows it.
    """
    try:
        yield
    except DataCorruption as error:
        raise PlatformError(
            "The bytes of an object were changed in transit",
            where=where,
            remedy="run again; if it happens often, look for a faulty proxy or network card",
        ) from error
    except (api.GoogleAPIError, auth.GoogleAuthError, requests.RequestException, ConnectionError) as error:
        raise refusal(error, where, role) from error


def refusal(error: Exception, where: str, role: str = "") -> PlatformError:
    """The refusal in words. It holds no header, token or body of a request."""
    cause = error.cause if isinstance(error, api.RetryError) and error.cause is not None else error
    if isinstance(cause, requests.RequestException | ConnectionError | auth.TransportError):
        what = f"Google Cloud cannot be reached: {type(cause).__name__}"
        return PlatformError(what, where=where, remedy=_AGAIN)
    if isinstance(cause, auth.RefreshError):
        what = f"The Google credentials have expired or are not accepted: {message_of(cause)}"
        return PlatformError(what, where=where, remedy=_LOGIN)
    known = next((cure for kind, cure in _REMEDIES if isinstance(cause, kind)), _AGAIN)
    if role and isinstance(cause, api.Forbidden):
        known = f"grant {role}, and run again"
    what = f"Google Cloud refused: {message_of(cause)}"
    return PlatformError(what, where=where, remedy=_REASONS.get(reason_of(cause), known))


def reason_of(error: BaseException) -> str:
    """Google's one-word reason for an error, such as `accessDenied`; empty if there is none."""
    errors = getattr(error, "errors", None) or [{}]
    return str(errors[0].get("reason", "")) if isinstance(errors[0], dict) else ""


def message_of(error: BaseException) -> str:
    """Google's own message on one line, with the status."""
    errors = getattr(error, "errors", None) or []
    detailed = errors[0].get("message") if errors and isinstance(errors[0], dict) else None
    text = str(detailed or getattr(error, "message", "") or error)
    # Without a message of Google, the client gives the whole address of the request.
    first = " ".join(text.split("\n", 1)[0].split())
    status = getattr(error, "code", None)
    return f"{first.rstrip('.')[:300]}{f' (status {int(status)})' if isinstance(status, int) else ''}"
