"""Brings messages to their targets, and keeps for each target what it has not taken yet.

Mail, chat and webhooks are the work of the library apprise. It is loaded by the first message that it is to
deliver. Whatever a target answers, the others get theirs, and no reason that is given holds a secret.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from bandcamp_assets.alerts.addresses import Address, is_loopback
from bandcamp_assets.alerts.fault import Severity
from bandcamp_assets.alerts.masking import mask
from bandcamp_assets.alerts.message import Message
from bandcamp_assets.alerts.settings import AlertSettings
from bandcamp_assets.system.errors import PlatformError

if TYPE_CHECKING:
    from apprise.plugins import NotifyBase

Send = Callable[[Message], str]
"""Sends one message, and gives why it was not taken; empty if it was."""

TIMEOUT_SECONDS = 10.0
"""For one message to one target."""
PATIENCE_SECONDS = 35.0
"""For all deliveries of a tick, as a tick has a minute. What is left over waits for the next one."""
MAX_WAITING = 20
"""Messages kept for each target."""
GIVE_UP_SECONDS = 48 * 3_600.0
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 30.0, 900.0
_KEPT_TEXT = 2_000
_KINDS = {Severity.ERROR: "failure", Severity.WARNING: "warning", None: "success"}
_UNKNOWN = "apprise does not know such an address: see its documentation for the right form"
_UNSAFE = "it would not be encrypted and verified: use the service's secure form, as mailtos:// or jsons://"


@dataclass
class Line:
    """What waits for one target. A target that is down is tried less and less often.

    Attributes:
        waiting: Messages, the oldest first.
        failures: Attempts that failed one after the other.
        retry_at: Not to be tried before, in Unix seconds.
        lost: Messages given up since the last delivery.
    """

    waiting: list[Message] = field(default_factory=list)
    failures: int = 0
    retry_at: float = 0.0
    lost: int = 0

    def put(self, message: Message) -> None:
        """Add a message; the oldest gives way where there are too many."""
        self.waiting.append(message)
        self._keep(self.waiting[-MAX_WAITING:])

    def deliver(self, send: Send, now: float, deadline: float) -> str:
        """Send what waits, in order, until one fails. Gives why it failed; empty if nothing did."""
        self._keep([message for message in self.waiting if now - message.created_at < GIVE_UP_SECONDS])
        while self.waiting and now >= self.retry_at and time.monotonic() < deadline:
            if reason := send(_with_note(self.waiting[0], self.lost)):
                self.retry_at = now + min(FIRST_WAIT_SECONDS * 2.0 ** min(self.failures, 10), LONGEST_WAIT_SECONDS)
                self.failures += 1
                # What waits long is kept in a cursor.
                self.waiting = [replace(message, text=message.text[:_KEPT_TEXT]) for message in self.waiting]
                return reason
            self.waiting.pop(0)
            self.failures, self.retry_at, self.lost = 0, 0.0, 0
        return ""

    def _keep(self, messages: list[Message]) -> None:
        self.lost += len(self.waiting) - len(messages)
        self.waiting = messages


@dataclass
class Outbox:
    """The lines of all targets, by the target's name."""

    lines: dict[str, Line] = field(default_factory=dict)

    def put(self, message: Message, targets: Iterable[str]) -> None:
        """Queue a message for every target."""
        for name in targets:
            self.lines.setdefault(name, Line()).put(message)

    def deliver(self, targets: Mapping[str, Send], now: float) -> dict[str, str]:
        """Send what can be sent; forget lines of targets that are no longer set.

        Returns:
            Why it was not taken, by the name of each target that took nothing.
        """
        self.lines = {name: line for name, line in self.lines.items() if name in targets}
        deadline = time.monotonic() + PATIENCE_SECONDS
        failed = {name: line.deliver(targets[name], now, deadline) for name, line in self.lines.items()}
        return {name: reason for name, reason in failed.items() if reason}

    @property
    def waiting(self) -> int:
        """Messages that wait for some target."""
        return sum(len(line.waiting) for line in self.lines.values())


def targets_of(settings: AlertSettings, log: logging.Logger) -> dict[str, Send]:
    """The targets that the settings name, by name.

    Args:
        settings: Where alerts go.
        log: What the target `log` writes to.
    """
    targets: dict[str, Send] = {"log": partial(_to_log, log)} if settings.log else {}
    for name, address in settings.addresses.items():
        targets[name] = partial(_by_apprise, address, settings.secrets)
    return targets


def _to_log(log: logging.Logger, message: Message) -> str:
    """Write one message, as loud as it is bad."""
    level = {Severity.ERROR: logging.ERROR, Severity.WARNING: logging.WARNING, None: logging.INFO}
    log.log(level[message.severity], "%s\n%s", message.subject, message.text)
    return ""


def verify_addresses(settings: AlertSettings) -> str:
    """See that apprise knows every address, and that nothing would go there in the open. Asks no server.

    Raises:
        PlatformError: If not.
    """
    for name, address in settings.addresses.items():
        what, _, remedy = _by_apprise(address, settings.secrets, None).partition(": ")
        if what:
            raise PlatformError(
                f"No alert can go there: {what}", where=f"target {name} of the alerts", remedy=remedy
            )
    return f"can go to {', '.join(settings.addresses)}"


def _by_apprise(address: Address, secrets: Iterable[str], message: Message | None) -> str:
    """Send one message and give why it was not taken. Without one, only the address is looked at."""
    # Loading apprise with all its services takes about a second.
    import apprise

    asset = apprise.AppriseAsset(app_id="bandcamp-assets", async_mode=False, http_redirects=False)
    with _masked_log(apprise.logger, (address.url, *secrets)):
        service = apprise.Apprise.instantiate(address.url, asset=asset)
        if not service or not _is_safe(service):
            return _UNSAFE if service else _UNKNOWN
        if not message:
            return ""
        call = apprise.Apprise(asset=asset)
        call.add(service)
        result = call.notify(
            title="" if address.one_text else address.safe(message.subject),
            body=address.safe(f"*{message.subject}*\n{message.text}" if address.one_text else message.text),
            notify_type=_KINDS[message.severity],
            body_format=apprise.NotifyFormat.TEXT,
            timeout=TIMEOUT_SECONDS,
            log_level=logging.DEBUG,
        )
        return "" if result else "; ".join(entry.message for entry in result.logs()) or "no reason was given"


@contextmanager
def _masked_log(log: logging.Logger, secrets: Iterable[str]) -> Iterator[None]:
    """Let the log of apprise, from which results take their reasons, say why a delivery failed and nothing else.

    On its own it logs addresses with their keys as soon as somebody asks for debugging, and exceptions only then.
    """

    def masked(record: logging.LogRecord) -> bool:
        text = record.getMessage()
        record.msg, record.args = mask(text, secrets), ()
        return record.levelno >= logging.WARNING or "Exception: " in text

    log.addFilter(masked)
    log.setLevel(logging.DEBUG)
    log.propagate = False
    try:
        yield
    finally:
        log.setLevel(logging.CRITICAL)
        log.removeFilter(masked)


def _is_safe(service: NotifyBase) -> bool:
    """Whether it sends over TLS to a verified server and follows no redirect, or to this machine."""
    secure = service.secure_protocol or ()
    encrypted = service.schema in ((secure,) if isinstance(secure, str) else secure)
    encrypted = encrypted and getattr(service, "secure_mode", "") != "insecure"
    host = getattr(service, "smtp_host", "") or service.host or ""
    return not service.redirects and ((encrypted and service.verify_certificate) or is_loopback(host))


def _with_note(message: Message, lost: int) -> Message:
    if not lost:
        return message
    note = f"{lost} earlier messages could not be delivered here in time; the Dagster UI shows all runs."
    return replace(message, text=f"{message.text}\n\n{note}")
