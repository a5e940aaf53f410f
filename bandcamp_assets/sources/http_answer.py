"""Interprets HTTP answers for a download. Pure functions: nothing here uses the network.

`download` decides what to do: start over, resume, or give up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

import requests
import urllib3

from bandcamp_assets.system.errors import PlatformError

SNIFFED_BYTES = 512
"""Bytes of a body that are checked to recognize a web page."""

_CONTENT_RANGE = re.compile(r"bytes (?:(\d{1,19})-(\d{1,19})|\*)/(\d{1,19}|\*)", re.IGNORECASE)
_HTML_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html|head|body|script|title)\b", re.IGNORECASE)

_REMEDIES = {
    401: "use an address that needs no sign-in, or download the file by hand and give its path",
    403: "use an address you are allowed to read, or download the file by hand and give its path",
    404: "check the address, or download the file by hand and give its path",
    410: "the file was removed from this address: find its new address or a copy",
}


@dataclass(frozen=True)
class ContentRange:
    """A `Content-Range` header.

    Attributes:
        start: First byte sent; None if the range could not be satisfied.
        total_bytes: Size of the file; None if the server does not say.
    """

    start: int | None
    total_bytes: int | None


def content_range(header: str | None) -> ContentRange | None:
    """Parse a `Content-Range` header; None if it is missing or invalid (RFC 9110, 14.4)."""
    match = _CONTENT_RANGE.fullmatch((header or "").strip())
    if match is None:
        return None
    first, last, total = (int(part) if part and part != "*" else None for part in match.groups())
    if first is not None and last is not None and (last < first or (total is not None and last >= total)):
        return None
    return ContentRange(start=first, total_bytes=total)


def content_length(headers: Mapping[str, str]) -> int | None:
    """The announced size of the body in bytes; None if it is missing or invalid."""
    text = headers.get("Content-Length", "").strip()
    chunked = "transfer-encoding" in {name.lower() for name in headers}
    return int(text) if text.isascii() and text.isdigit() and not chunked else None


def content_coding(headers: Mapping[str, str]) -> str | None:
    """The content coding of the body; None for plain bytes."""
    coding = headers.get("Content-Encoding", "").strip().lower()
    return coding if coding not in ("", "identity") else None


def is_worth_retrying(status: int) -> bool:
    """Whether a status means a temporary fault."""
    return status in (408, 429) or 500 <= status <= 599


def refusal(status: int, address: str) -> PlatformError:
    """Make the error for a status that a retry cannot change."""
    # The phrase of the standard, not that of the server, which may be any text.
    words = HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
    said = f"{status} {words}".strip()
    return PlatformError(
        f"The server refuses the file: it answered {said}",
        where=address,
        remedy=_REMEDIES.get(status, "check the address, or download the file by hand and give its path"),
    )


def web_page(address: str) -> PlatformError:
    """Make the error for a web page (sign-in, consent, error, preview) instead of the file."""
    return PlatformError(
        "The server answered with a web page, not with the file",
        where=address,
        remedy="use the file's direct address (for Dropbox it ends in dl=1), "
        "or download the file in a browser and give its path",
    )


def is_web_page(headers: Mapping[str, str]) -> bool:
    """Whether the body is a web page, by its media type."""
    media_type = headers.get("Content-Type", "").split(";")[0].strip().lower()
    return media_type in ("text/html", "application/xhtml+xml")


def begins_like_web_page(body_start: bytes) -> bool:
    """Whether the body is a web page, by its first bytes."""
    return _HTML_START.match(body_start[:SNIFFED_BYTES]) is not None


def printable(url: str) -> str:
    """The address without user, password, query and fragment, which may be secrets."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def checked(url: str) -> str:
    """Return the address if it is a complete web address.

    Raises:
        PlatformError: If it is not.
    """
    try:
        parts = urlsplit(url)
        is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # an invalid port or IPv6 host
        is_whole = False
    if not is_whole:
        # The text may be an address with a typing error, so the message must not contain its secrets.
        start = url.split("?")[0].split("#")[0].rpartition("@")[2]
        raise PlatformError(
            "This is not a web address to download from",
            where=f"address '{start}'",
            remedy="give a complete address that begins with https:// or http://",
        )
    return url


def describe(error: requests.RequestException | urllib3.exceptions.HTTPError) -> str:
    """Say what broke a connection, without quoting the error, whose text contains the address."""
    names = set(_class_names(error))
    for name, words in _FAILURES.items():
        if name in names:
            return words
    return f"the connection broke ({type(error).__name__})"


_FAILURES = {
    "NameResolutionError": "the server's name is not known to the network",
    "ConnectTimeoutError": "the server could not be reached in time",
    "ReadTimeoutError": "the server fell silent",
    "ConnectionRefusedError": "the server refused the connection",
    "SSLError": "the secure connection failed",
    "IncompleteRead": "the server closed the connection before the end",
    "InvalidChunkLength": "the server closed the connection before the end",
    "ConnectionResetError": "the connection was reset",
    "ProxyError": "the proxy could not be reached",
}


def _class_names(error: BaseException | None, depth: int = 6) -> list[str]:
    """The class names of an error and of its causes, found by cause, argument or urllib3's `reason`."""
    if error is None or depth == 0:
        return []
    inner = [error.__cause__, error.__context__, getattr(error, "reason", None), *error.args]
    names = [type(error).__name__]
    for other in inner:
        if isinstance(other, BaseException) and other is not error:
            names += _class_names(other, depth - 1)
    return names
