"""The settings of alerts: what there is to set, and where messages go. Reads the environment it is given, once.

What each kind of target needs stands in `addresses`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bandcamp_assets.alerts.addresses import (
    Address,
    apprise_address,
    mail_addresses,
    secret_parts,
    webhook_address,
)
from bandcamp_assets.alerts.masking import secret_values
from bandcamp_assets.system.setting_values import choice, secret, web_address, whole_number

TARGETS = ("log", "webhook", "smtp")

DESCRIPTIONS = {
    "BANDCAMP_ALERTS": "Where alerts go, with commas between: log, webhook, smtp; or none. Default: log.",
    "BANDCAMP_ALERT_URLS": "More targets, as addresses of apprise (https://appriseit.com/services/) with spaces "
    "between, such as ntfys://host/topic. They are secrets.",
    "BANDCAMP_ALERT_URLS_FILE": "File that holds these addresses, instead of the setting itself.",
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

SECRETS = ("BANDCAMP_ALERT_URLS", "BANDCAMP_ALERT_WEBHOOK_URL", "BANDCAMP_ALERT_SMTP_PASSWORD")
"""Those whose value is a secret, and may be given as a file instead (`…_FILE`)."""


@dataclass(frozen=True)
class AlertSettings:
    """Where alerts go.

    Attributes:
        log: Whether they go to the log.
        addresses: Where else they go, by the target's name.
        ui_url: Base address of the Dagster UI; empty for no links.
        repeat_hours: When a fault that goes on is told again.
        secrets: Values that no message may hold.
    """

    log: bool = True
    addresses: Mapping[str, Address] = field(default_factory=dict)
    ui_url: str = ""
    repeat_hours: int = 24
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def repeat_seconds(self) -> float:
        """When a fault that goes on is told again."""
        return self.repeat_hours * 3_600.0

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> AlertSettings:
        """Read and check the settings in `env`. Reads the files that hold secrets, if any are named.

        Raises:
            PlatformError: For a value that is none of those allowed, or one that a target needs and is missing.
        """
        kinds = _kinds(env.get("BANDCAMP_ALERTS") or "log")
        urls = secret(env, "BANDCAMP_ALERT_URLS").split() if kinds else []
        webhook = secret(env, "BANDCAMP_ALERT_WEBHOOK_URL") if "webhook" in kinds else ""
        password = secret(env, "BANDCAMP_ALERT_SMTP_PASSWORD") if "smtp" in kinds else ""
        addresses = {"webhook": webhook_address(webhook)} if "webhook" in kinds else {}
        addresses |= mail_addresses(env, password) if "smtp" in kinds else {}
        addresses |= {f"url {number}": apprise_address(url) for number, url in enumerate(urls, start=1)}
        known = [webhook, password, *(part for url in urls for part in secret_parts(url)), *secret_values(env)]
        repeat = env.get("BANDCAMP_ALERT_REPEAT_HOURS") or "24"
        return cls(
            log="log" in kinds,
            addresses=addresses,
            ui_url=web_address("BANDCAMP_ALERT_UI_URL", env.get("BANDCAMP_ALERT_UI_URL", "")),
            repeat_hours=whole_number("BANDCAMP_ALERT_REPEAT_HOURS", repeat, 1, 168, of="hours"),
            secrets=tuple(dict.fromkeys(value for value in known if value)),
        )


def _kinds(value: str) -> tuple[str, ...]:
    names = [name.strip() for name in value.split(",") if name.strip()]
    if names == ["none"]:
        return ()
    return tuple(choice("BANDCAMP_ALERTS", name, TARGETS) for name in names)
