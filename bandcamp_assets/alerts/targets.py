"""Where messages go: a log, a webhook, a mail server. Each sends one message or says in words why it could not.

Nothing here is kept for later: that is the concern of `outbox`. No reason that is given holds a secret.
"""

from __future__ import annotations

import logging
import re
import smtplib
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from http import HTTPStatus
from typing import Protocol

import requests

from bandcamp_assets.alerts.fault import Severity
from bandcamp_assets.alerts.masking import mask
from bandcamp_assets.alerts.message import Message
from bandcamp_assets.alerts.settings import AlertSettings, SmtpSettings

TIMEOUT_SECONDS = 5.0
ATTEMPTS = 2
"""In one tick. A sensor has a minute for everything; what is left over waits for the next tick."""
PAUSE_SECONDS = 0.5

_CALL = re.compile(r"(?<!\w)@(?=\w)")
"""Calls people, unless it stands inside an address of mail."""


class DeliveryFailed(Exception):  # noqa: N818 - it is what happened
    """A target did not take a message. The text says why, without secrets."""


class Target(Protocol):
    """Takes messages."""

    def send(self, message: Message) -> None:
        """Send one message.

        Raises:
            DeliveryFailed: If it could not be delivered now.
        """


def build_targets(settings: AlertSettings, log: logging.Logger) -> Mapping[str, Target]:
    """The targets that the settings name, by name.

    Args:
        settings: Where alerts go.
        log: What the target `log` writes to.
    """
    targets: dict[str, Target] = {}
    if "log" in settings.targets:
        targets["log"] = LogTarget(log)
    if settings.webhook_url:
        targets["webhook"] = WebhookTarget(settings.webhook_url, settings.secrets)
    if settings.smtp:
        targets["smtp"] = SmtpTarget(settings.smtp, settings.secrets)
    return targets


@dataclass(frozen=True)
class LogTarget:
    """Writes messages to a log."""

    log: logging.Logger

    def send(self, message: Message) -> None:
        """Write one message, as loud as it is bad."""
        level = {Severity.ERROR: logging.ERROR, Severity.WARNING: logging.WARNING}
        self.log.log(level[message.severity] if message.severity else logging.INFO, "%s", message.text)


@dataclass(frozen=True)
class WebhookTarget:
    """Posts messages as JSON with a field `text`, which Slack, Mattermost and Rocket.Chat take.

    Attributes:
        url: Where to post. It is a secret.
        secrets: Values that no reason may hold.
    """

    url: str
    secrets: tuple[str, ...] = ()

    def send(self, message: Message) -> None:
        """Post one message.

        Raises:
            DeliveryFailed: If the server is away, or answers with anything but success.
        """
        body = {"text": _slack_text(message)}
        for attempt in range(1, ATTEMPTS + 1):
            reason, again = self._post(body, message.identity)
            if not reason:
                return
            if not again or attempt == ATTEMPTS:
                raise DeliveryFailed(f"webhook: {mask(reason, (self.url, *self.secrets))}")
            time.sleep(PAUSE_SECONDS)

    def _post(self, body: Mapping[str, str], identity: str) -> tuple[str, bool]:
        """Give why it failed, empty if it did not, and whether it may go better at once."""
        try:
            # A redirect could lead the alert to another host, or to plain http.
            answer = requests.post(
                self.url,
                json=body,
                timeout=TIMEOUT_SECONDS,
                allow_redirects=False,
                headers={"Idempotency-Key": identity, "User-Agent": "bandcamp-assets"},
                stream=True,
            )
        except requests.RequestException as error:
            return f"{type(error).__name__}: {error}", isinstance(error, requests.ConnectionError)
        with answer:
            if answer.ok and not answer.is_redirect:
                return "", False
            again = answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
            return f"the server answered {answer.status_code}", again


@dataclass(frozen=True)
class SmtpTarget:
    """Sends messages as mail, with a plain and an HTML form.

    Attributes:
        server: The mail server and its login.
        secrets: Values that no reason may hold.
    """

    server: SmtpSettings
    secrets: tuple[str, ...] = ()

    def send(self, message: Message) -> None:
        """Send one mail.

        Raises:
            DeliveryFailed: If the server is away, offers no encryption, or takes neither login nor mail.
        """
        mail = _mail(message, self.server)
        try:
            with self._connect() as connection:
                if self.server.user:
                    connection.login(self.server.user, self.server.password)
                connection.send_message(mail)
        except (smtplib.SMTPException, OSError) as error:
            reason = f"{type(error).__name__}: {error}"
            raise DeliveryFailed(f"smtp: {mask(reason, (self.server.password, *self.secrets))}") from None

    def _connect(self) -> smtplib.SMTP:
        server, context = self.server, ssl.create_default_context()
        if server.tls_from_start:
            return smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_SECONDS, context=context)
        connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
        try:
            connection.ehlo()
            # The answer of a server between here and there may lack STARTTLS: then nothing is sent at all.
            if server.tls_required or connection.has_extn("starttls"):
                connection.starttls(context=context)
                connection.ehlo()
        except BaseException:
            connection.close()
            raise
        return connection


def _slack_text(message: Message) -> str:
    """Subject and text with all parted or escaped that can call people, make links or load pictures."""
    text = f"*{message.subject}*\n{message.text}"
    # Mattermost reads @channel and Markdown in what a webhook says; Slack reads them in angle brackets only.
    text = _CALL.sub("@ ", text).replace("](", "] (")
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _mail(message: Message, server: SmtpSettings) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = message.subject
    mail["From"] = server.sender
    mail["To"] = ", ".join(server.receivers)
    mail["Date"] = format_datetime(datetime.fromtimestamp(message.created_at, UTC))
    # The same at a second delivery, so that the receiver's server can drop it.
    mail["Message-ID"] = f"<{message.identity}@{server.sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    if message.html:
        mail.add_alternative(message.html, subtype="html")
    return mail
