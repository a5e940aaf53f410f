"""The settings of alerts: which targets there are, and what each needs. Reads the environment it is given, once.

No refusal shows the value of a setting that may hold a secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.headerregistry import Address
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from bandcamp_assets.alerts.masking import secret_values
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.setting_values import choice, web_address, whole_number

TARGETS = ("log", "webhook", "smtp")

DESCRIPTIONS = {
    "BANDCAMP_ALERTS": "Where alerts go, with commas between: log, webhook, smtp; or none. Default: log.",
    "BANDCAMP_ALERT_WEBHOOK_URL": "Address that gets alerts as JSON with a field text, as Slack takes it. It is a "
    "secret.",
    "BANDCAMP_ALERT_WEBHOOK_URL_FILE": "File that holds the webhook's address, instead of the setting itself.",
    "BANDCAMP_ALERT_SMTP_URL": "Mail server: smtp://host:587 (STARTTLS; plain only on this machine) or "
    "smtps://host:465.",
    "BANDCAMP_ALERT_SMTP_USER": "Login at the mail server. Default: no login.",
    "BANDCAMP_ALERT_SMTP_PASSWORD": "Password at the mail server. It is a secret.",
    "BANDCAMP_ALERT_SMTP_PASSWORD_FILE": "File that holds the password, instead of the setting itself.",
    "BANDCAMP_ALERT_MAIL_FROM": "Sender of the mails.",
    "BANDCAMP_ALERT_MAIL_TO": "Receivers of the mails, with commas between.",
    "BANDCAMP_ALERT_UI_URL": "Address of the Dagster UI that alerts link their runs to. Default: no links.",
    "BANDCAMP_ALERT_REPEAT_HOURS": "Hours until a fault that goes on is told again, 1 to 168. Default: 24.",
}
"""The settings of alerts, with what they mean."""

SECRETS = ("BANDCAMP_ALERT_WEBHOOK_URL", "BANDCAMP_ALERT_SMTP_PASSWORD")
"""Those whose value is a secret, and may be given as a file instead (`…_FILE`)."""


@dataclass(frozen=True)
class SmtpSettings:
    """A mail server and who writes to whom.

    Attributes:
        host: Name or address of the server.
        port: Its port.
        tls_from_start: TLS at once (`smtps`), rather than by STARTTLS.
        tls_required: Whether to refuse a server that offers no STARTTLS.
        user: Login; empty for none.
        password: Password of the login.
        sender: Address of the sender.
        receivers: Addresses of the receivers.
    """

    host: str
    port: int
    tls_from_start: bool
    tls_required: bool
    user: str
    password: str = field(repr=False)
    sender: str
    receivers: tuple[str, ...]


@dataclass(frozen=True)
class AlertSettings:
    """Where alerts go.

    Attributes:
        targets: Some of `TARGETS`.
        webhook_url: Where the webhook posts to; empty without that target.
        smtp: The mail server; None without that target.
        ui_url: Base address of the Dagster UI; empty for no links.
        repeat_hours: When a fault that goes on is told again.
        secrets: Values that no message may hold.
    """

    targets: tuple[str, ...] = ("log",)
    webhook_url: str = field(default="", repr=False)
    smtp: SmtpSettings | None = None
    ui_url: str = ""
    repeat_hours: int = 24
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> AlertSettings:
        """Read and check the settings in `env`. Reads the files that hold secrets, if any are named.

        Raises:
            PlatformError: For a value that is none of those allowed, or one that a target needs and is missing.
        """
        targets = _targets(env.get("BANDCAMP_ALERTS") or "log")
        webhook_url = _webhook_url(_secret(env, "BANDCAMP_ALERT_WEBHOOK_URL")) if "webhook" in targets else ""
        smtp = _smtp(env) if "smtp" in targets else None
        known = [webhook_url, smtp.password if smtp else "", *secret_values(env)]
        repeat = env.get("BANDCAMP_ALERT_REPEAT_HOURS") or "24"
        return cls(
            targets=targets,
            webhook_url=webhook_url,
            smtp=smtp,
            ui_url=web_address("BANDCAMP_ALERT_UI_URL", env.get("BANDCAMP_ALERT_UI_URL", "")),
            repeat_hours=whole_number("BANDCAMP_ALERT_REPEAT_HOURS", repeat, 1, 168, of="hours"),
            secrets=tuple(dict.fromkeys(value for value in known if value)),
        )


def _targets(value: str) -> tuple[str, ...]:
    names = [name.strip() for name in value.split(",") if name.strip()]
    if names == ["none"]:
        return ()
    return tuple(dict.fromkeys(choice("BANDCAMP_ALERTS", name, TARGETS) for name in names))


def _secret(env: Mapping[str, str], name: str) -> str:
    """The value of a secret setting, or what the file holds that is named instead."""
    value, file = env.get(name, ""), env.get(f"{name}_FILE", "")
    if value and file:
        raise _refusal(f"{name}_FILE", f"{name} is set as well", "set one of the two")
    if not file:
        return value
    try:
        return Path(file).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise _refusal(
            f"{name}_FILE", f"The file it names cannot be read: {type(error).__name__}", "name a file of one line"
        ) from error


def _webhook_url(value: str) -> str:
    name = "BANDCAMP_ALERT_WEBHOOK_URL"
    _need(name, value, "the address that gets the alerts")
    parts = _address(name, value, ("https", "http"))
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise _refusal(
            name, "The address would send alerts unencrypted", "give an address that begins with https://"
        )
    if parts.username or parts.password:
        raise _refusal(name, "This address may hold no user name or password", "leave them out")
    return value


def _smtp(env: Mapping[str, str]) -> SmtpSettings:
    name = "BANDCAMP_ALERT_SMTP_URL"
    value = env.get(name, "")
    _need(name, value, "the mail server, such as smtp://mail.example.com:587")
    parts = _address(name, value, ("smtp", "smtps"))
    if parts.username or parts.password or parts.path.strip("/") or parts.query:
        raise _refusal(
            name,
            "Only a host and a port may stand in it",
            "give the login as BANDCAMP_ALERT_SMTP_USER and BANDCAMP_ALERT_SMTP_PASSWORD",
        )
    user, password = env.get("BANDCAMP_ALERT_SMTP_USER", ""), _secret(env, "BANDCAMP_ALERT_SMTP_PASSWORD")
    if bool(user) != bool(password):
        missing = "BANDCAMP_ALERT_SMTP_PASSWORD" if user else "BANDCAMP_ALERT_SMTP_USER"
        raise _refusal(missing, "A login needs both user and password", "set both, or neither")
    host, tls_from_start = parts.hostname or "", parts.scheme == "smtps"
    return SmtpSettings(
        host=host,
        port=parts.port or (465 if tls_from_start else 587),
        tls_from_start=tls_from_start,
        tls_required=not tls_from_start and not is_loopback(host),
        user=user,
        password=password,
        sender=_mail_addresses("BANDCAMP_ALERT_MAIL_FROM", env, one=True)[0],
        receivers=_mail_addresses("BANDCAMP_ALERT_MAIL_TO", env),
    )


def _mail_addresses(name: str, env: Mapping[str, str], *, one: bool = False) -> tuple[str, ...]:
    given = [part.strip() for part in env.get(name, "").split(",") if part.strip()]
    _need(name, ",".join(given), "an address such as data@example.com")
    for address in given:
        try:
            whole = bool(Address(addr_spec=address).domain)
        except Exception:  # the parser raises many kinds
            whole = False
        if not whole or not address.isprintable():
            raise _refusal(name, f"{address!r} is no mail address", "give an address such as data@example.com")
    if one and len(given) > 1:
        raise _refusal(name, "There is one sender only", "give one address")
    return tuple(given)


def _address(name: str, value: str, schemes: tuple[str, ...]) -> SplitResult:
    try:
        parts = urlsplit(value)
        right = parts.scheme in schemes and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        right = False
    if not right or not value.isprintable() or " " in value:
        raise _refusal(name, "This is no address of the kind needed", f"begin it with {' or '.join(schemes)}://")
    return parts


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _need(name: str, value: str, meaning: str) -> None:
    if not value:
        raise _refusal(name, "A target of BANDCAMP_ALERTS needs a setting that is missing", f"set it to {meaning}")


def _refusal(name: str, what: str, remedy: str) -> PlatformError:
    return PlatformError(what, where=f"environment variable {name}", remedy=remedy)
