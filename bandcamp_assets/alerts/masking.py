"""Takes secrets out of text that leaves the platform: error messages quote addresses, headers and settings.

Masks by form (user names and passwords in addresses, tokens in queries, headers, keys) and by value (what the
settings hold as secret). Apply it before anything is cut short, so that no part of a secret is left.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, quote_plus, urlsplit

MASK = "***"
MIN_SECRET = 6
"""Values shorter than this are masked by form only: they would take ordinary words out of the text."""

_MIN_PATH = 12
_NAME = (
    r"[\w.\-]{0,40}(?:token|secret|passw(?:or)?d|passwd|pwd|api[_\-]?key|access[_\-]?key|private[_\-]?key|signature|"
    r"credential|authorization)[\w.\-]{0,40}"
)
_FORMS = (
    # scheme://user:password@host
    (re.compile(r"(?i)\b([a-z][a-z0-9+.\-]{0,20}://)[^\s/?#\"'<>]*@"), rf"\g<1>{MASK}@"),
    # ?key=value of any address: what a parameter of someone else's server means is not known
    (re.compile(r"(?i)(\b[a-z][a-z0-9+.\-]{0,20}://[^\s?#\"'<>]*)\?[^\s#\"'<>]+"), rf"\g<1>?{MASK}"),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), MASK),
    (re.compile(r"(?i)\b(bearer|basic)\s+[a-z0-9._~+/=\-]{8,}"), rf"\g<1> {MASK}"),
    (
        re.compile(rf"(?i)([\"']?\b{_NAME}[\"']?\s*[:=]\s*)(\"[^\"]*\"|'[^']*'|[^\s,;&\"']+)"),
        rf"\g<1>{MASK}",
    ),
    # hooks of chat services carry their secret in the path
    (re.compile(r"(?i)(https://hooks\.[^\s/\"'<>]+/)[^\s\"'<>]+"), rf"\g<1>{MASK}"),
)

_SECRET_VARIABLE = re.compile(
    r"(PASSWORD|PASSWD|SECRET|TOKEN|API_KEY|PRIVATE_KEY|CREDENTIALS_JSON|WEBHOOK_URL|ALERT_URLS)$"
)


def secret_values(env: Mapping[str, str]) -> tuple[str, ...]:
    """The values of those variables whose name says that they are secret."""
    return tuple(
        value for name, value in env.items() if _SECRET_VARIABLE.search(name) and len(value) >= MIN_SECRET
    )


def mask(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without what looks like a secret, and without these values in any of their spellings."""
    for spelling in sorted(_spellings(secrets), key=len, reverse=True):
        text = text.replace(spelling, MASK)
    for pattern, replacement in _FORMS:
        text = pattern.sub(replacement, text)
    return text


def _spellings(secrets: Iterable[str]) -> set[str]:
    values = set()
    for secret in secrets:
        parts = urlsplit(secret) if "://" in secret else None
        # Libraries quote the path of an address without its host.
        path = f"{parts.path}?{parts.query}" if parts and parts.query else parts.path if parts else ""
        pieces = [secret, path] if len(path) >= _MIN_PATH else [secret]
        for piece in pieces:
            values |= {piece, quote(piece, safe=""), quote_plus(piece), repr(piece)[1:-1]}
    return {value for value in values if len(value) >= MIN_SECRET}
