"""Addresses that messages go to, in the form that the library apprise takes, made of the settings of each target.

No refusal shows the value of a setting that may hold a secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from bandcamp_assets.system.errors import PlatformError

_MIN_KEY, _MIN_KEY_OF_LETTERS = 8, 12
"""Characters of a part of an address that is taken for a key; shorter ones are words, as `services`."""
_CALL = re.compile(r"(?<!\w)@(?=\w)")
"""Calls people, unless it stands inside an address of mail."""


@dataclass(frozen=True)
class Address:
    """Where messages go.

    Attributes:
        url: The address, for apprise. It is a secret.
        one_text: It takes subject and text as one, in Slack's markup.
    """

    url: str = field(repr=False)
    one_text: bool = False

    def safe(self, text: str) -> str:
        """The text with all parted or escaped that could call people, make links or load pictures there."""
        # Services read @channel and Markdown in a text; Slack reads them in angle brackets only.
        text = _CALL.sub("@ ", text).replace("](", "] (")
        # Services other than the plain webhook get their own escapes from apprise.
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") if self.one_text else text


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def apprise_address(url: str) -> Address:
    """An address that the user gave in apprise's own form.

    Whether apprise knows the service is found out by the first message, as loading all of them takes a second.

    Raises:
        PlatformError: If it is not an address.
    """
    if not re.fullmatch(r"[a-zA-Z][a-zA-Z0-9]*://\S+", url) or not url.isprintable():
        raise refusal(
            "BANDCAMP_ALERT_URLS",
            "One of them is not an address of apprise",
            "begin each with service://, as ntfys://",
        )
    return Address(url)


def secret_parts(url: str) -> Iterator[str]:
    """The address, its password, and all other parts of it that could be keys, but not its host."""
    rest = url.partition("://")[2]
    login, _, server = re.split(r"[/?#]", rest)[0].rpartition("@")
    host = server.partition(":")[0]
    yield from (url, unquote(login.partition(":")[2]))
    for part in {unquote(part) for part in re.split(r"[/:@?&=#]+", rest)}:
        is_word = part.isalpha() and part.islower() and len(part) < _MIN_KEY_OF_LETTERS
        if len(part) >= _MIN_KEY and not is_word and not (part == host and "." in part):
            yield part


def webhook_address(value: str) -> Address:
    """The address of a webhook that takes JSON.

    Raises:
        PlatformError: If it is missing, or would not be safe.
    """
    name = "BANDCAMP_ALERT_WEBHOOK_URL"
    _need(name, value, "the address that gets the alerts")
    parts = _split(name, value, ("https", "http"))
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise refusal(
            name, "The address would send alerts unencrypted", "give an address that begins with https://"
        )
    if parts.username or parts.password:
        raise refusal(name, "This address may hold no user name or password", "leave them out")
    # Of apprise's fields, the message alone is sent, by the name that Slack and others take.
    fields = {":message": "text", **dict.fromkeys((":title", ":version", ":attachments", ":type"), "")}
    query = {f"-{key}": text for key, text in parse_qsl(parts.query, keep_blank_values=True)}
    scheme = "jsons" if parts.scheme == "https" else "json"
    url = f"{scheme}://{parts.netloc}{parts.path or '/'}?{urlencode(query | fields, quote_via=quote)}"
    return Address(url, one_text=True)


def mail_addresses(env: Mapping[str, str], password: str) -> dict[str, Address]:
    """An address for each receiver: a mail that one of them does not take is not sent to the others again.

    Args:
        env: The settings.
        password: The password of the login; empty for none.

    Raises:
        PlatformError: If something is missing or wrong.
    """
    name = "BANDCAMP_ALERT_SMTP_URL"
    value, user = env.get(name, ""), env.get("BANDCAMP_ALERT_SMTP_USER", "")
    _need(name, value, "the mail server, such as smtp://mail.example.com:587")
    server = _split(name, value, ("smtp", "smtps"))
    if server.username or server.password or server.path.strip("/") or server.query:
        raise refusal(
            name,
            "Only a host and a port may stand in it",
            "give the login as BANDCAMP_ALERT_SMTP_USER and BANDCAMP_ALERT_SMTP_PASSWORD",
        )
    if bool(user) != bool(password):
        missing = "BANDCAMP_ALERT_SMTP_PASSWORD" if user else "BANDCAMP_ALERT_SMTP_USER"
        raise refusal(missing, "A login needs both user and password", "set both, or neither")
    sender, receivers = (
        _mail_addresses("BANDCAMP_ALERT_MAIL_FROM", env),
        _mail_addresses("BANDCAMP_ALERT_MAIL_TO", env),
    )
    if len(sender) > 1:
        raise refusal("BANDCAMP_ALERT_MAIL_FROM", "There is one sender only", "give one address")
    host, is_tls = server.hostname or "", server.scheme == "smtps"
    mode = "ssl" if is_tls else "insecure" if is_loopback(host) else "starttls"
    options = {"smtp": host, "mode": mode, "from": sender[0], "cto": "5", "+Auto-Submitted": "auto-generated"}
    login = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user else ""
    begin = f"mailtos://{login}{sender[0].rpartition('@')[2]}:{server.port or (465 if is_tls else 587)}/"
    return {
        "smtp" if number == 1 else f"smtp {number}": Address(
            f"{begin}?{urlencode(options | {'to': receiver}, quote_via=quote)}"
        )
        for number, receiver in enumerate(receivers, start=1)
    }


def _mail_addresses(name: str, env: Mapping[str, str]) -> tuple[str, ...]:
    given = [part.strip() for part in env.get(name, "").split(",") if part.strip()]
    _need(name, ",".join(given), "an address such as data@example.com")
    for address in given:
        if not re.fullmatch(r"[^\s@<>]+@[^\s@<>]+", address) or not address.isprintable():
            raise refusal(name, f"{address!r} is not a mail address", "give an address such as data@example.com")
    return tuple(given)


def _split(name: str, value: str, schemes: tuple[str, ...]) -> SplitResult:
    try:
        parts = urlsplit(value)
        right = parts.scheme in schemes and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        right = False
    if not right or not value.isprintable() or " " in value:
        raise refusal(
            name, "This is not an address of the kind needed", f"begin it with {' or '.join(schemes)}://"
        )
    return parts


def _need(name: str, value: str, meaning: str) -> None:
    if not value:
        raise refusal(name, "A target of BANDCAMP_ALERTS needs a setting that is missing", f"set it to {meaning}")


def refusal(name: str, what: str, remedy: str) -> PlatformError:
    """The error of a setting."""
    return PlatformError(what, where=f"environment variable {name}", remedy=remedy)
