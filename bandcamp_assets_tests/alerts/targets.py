"""Targets of alerts on the loopback address, and a message for them. Tests are in the modules beside it."""

from __future__ import annotations

import logging
import socket
from dataclasses import replace

from bandcamp_assets.alerts.delivery import (
    Send,
    targets_of,
)
from bandcamp_assets.alerts.fault import Fault, Severity
from bandcamp_assets.alerts.message import Message, News, Occasion, worded
from bandcamp_assets.alerts.settings import AlertSettings

RIGHT, WRONG = "right-password", "wrong:pass/word@x"
FAULT = Fault("step:x", Severity.ERROR, "Żółć <b>broke</b>", "here", "mend it", at=1.6e9)
LOG = logging.getLogger("bandcamp_assets.test")
NEW = News(Occasion.NEW, FAULT)


def message(now: float = 1.6e9) -> Message:
    return worded([NEW], 0, "", now)


def webhook(url: str) -> Send:
    env = {"BANDCAMP_ALERTS": "webhook", "BANDCAMP_ALERT_WEBHOOK_URL": url}
    return targets_of(AlertSettings.from_env(env), LOG)["webhook"]


def apprise(url: str) -> Send:
    return targets_of(AlertSettings.from_env({"BANDCAMP_ALERT_URLS": url}), LOG)["url 1"]


def mail(
    port: int, password: str = "", receivers: str = "a@example.com", *, is_remote: bool = False
) -> list[Send]:
    """What mails to each receiver. The name of a remote server stands for this machine here."""
    host = "mail.example.com" if is_remote else "127.0.0.1"
    settings = AlertSettings.from_env(
        {
            "BANDCAMP_ALERTS": "smtp",
            "BANDCAMP_ALERT_SMTP_URL": f"smtp://{host}:{port}",
            "BANDCAMP_ALERT_SMTP_USER": "robot@example.com" if password else "",
            "BANDCAMP_ALERT_SMTP_PASSWORD": password,
            "BANDCAMP_ALERT_MAIL_FROM": "data@example.com",
            "BANDCAMP_ALERT_MAIL_TO": receivers,
        }
    )
    here = {
        name: replace(address, url=address.url.replace("mail.example.com", "127.0.0.1"))
        for name, address in settings.addresses.items()
    }
    targets = targets_of(replace(settings, addresses=here), LOG)
    return [send for name, send in targets.items() if name.startswith("smtp")]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
