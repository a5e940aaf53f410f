"""What Google's clients refuse, said in words: what happened, where, and what to do about it."""

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
"""For requests that must not be repeated behind the caller's back."""

_LOGIN = "run `gcloud auth application-default login`, or renew the key file, and run again"
_AGAIN = "see https://status.cloud.google.com and your network, and run again: what was finished stays"

_REASONS = {
    "accessNotConfigured": "enable the API in the project (infra/terraform does), wait a minute, and run again",
    "SERVICE_DISABLED": "enable the API in the project (infra/terraform does), wait a minute, and run again",
    "billingNotEnabled": "link a billing account to the project, and run again",
    "quotaExceeded": "wait until the quota is free again, or ask for more, and run again",
    "rateLimitExceeded": "wait a minute, and run again: what was finished stays",
    "bytesBilledLimitExceeded": "raise BANDCAMP_GCP_MAX_BYTES_BILLED if the query is worth it",
}
"""What helps against a refusal whose reason says more than its status."""

_REMEDIES: list[tuple[type[Exception], str]] = [
    (auth.GoogleAuthError, _LOGIN),
    (api.Unauthorized, _LOGIN),
    (api.Forbidden, "grant the missing role (see `bandcamp doctor` and infra/terraform), and run again"),
    (api.NotFound, "see that project, bucket, dataset and location are right: `bandcamp doctor` checks each"),
    (api.PreconditionFailed, "another run changed it at the same time: run again"),
    (api.TooManyRequests, "wait a minute, and run again: what was finished stays"),
    (api.BadRequest, "see that the settings are right: `bandcamp doctor` checks each"),
]


@contextmanager
def google_errors(where: str, *, role: str = "") -> Iterator[None]:
    """Turn what Google's clients raise into a `PlatformError`.

    Args:
        where: What was being read or written.
        role: What to grant where permission is denied, if the caller knows.
    """
    try:
        yield
    except DataCorruption as error:
        raise PlatformError(
            "The bytes of an object were changed on the way",
            where=where,
            remedy="run again; if it happens often, look for a faulty proxy or network card",
        ) from error
    except (api.GoogleAPIError, auth.GoogleAuthError, requests.RequestException, ConnectionError) as error:
        raise refusal(error, where, role) from error


def refusal(error: Exception, where: str, role: str = "") -> PlatformError:
    """Say in words what was refused. Holds no header, token or body of a request."""
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
    """Google's one-word reason of an error, such as `accessDenied`; empty if it gives none."""
    errors = getattr(error, "errors", None) or [{}]
    return str(errors[0].get("reason", "")) if isinstance(errors[0], dict) else ""


def message_of(error: BaseException) -> str:
    """Google's own words, on one line, with the status."""
    errors = getattr(error, "errors", None) or []
    detailed = errors[0].get("message") if errors and isinstance(errors[0], dict) else None
    text = str(detailed or getattr(error, "message", "") or error)
    # Without its own words the client repeats the whole address of the request.
    first = " ".join(text.split("\n", 1)[0].split())
    status = getattr(error, "code", None)
    return f"{first.rstrip('.')[:300]}{f' (status {int(status)})' if isinstance(status, int) else ''}"
