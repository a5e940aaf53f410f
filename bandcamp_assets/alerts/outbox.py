"""Keeps messages until each target has them. A target that is down is tried less and less often.

Pure but for the targets it is given. Bounded: a target that stays away for `GIVE_UP_SECONDS` or longer loses its
oldest messages, which is said in the next one that it gets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bandcamp_assets.alerts.message import Message
from bandcamp_assets.alerts.targets import DeliveryFailed, Target

MAX_WAITING = 20
"""Messages kept for each target."""
GIVE_UP_SECONDS = 48 * 3_600.0
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 30.0, 900.0
_KEPT_TEXT = 2_000


@dataclass
class Line:
    """What waits for one target.

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
        if len(self.waiting) > MAX_WAITING:
            self.waiting.pop(0)
            self.lost += 1

    def deliver(self, target: Target, now: float) -> str:
        """Send what waits, in order, until one fails. Gives what failed, in words; empty if nothing did."""
        fresh = [message for message in self.waiting if now - message.created_at < GIVE_UP_SECONDS]
        self.lost += len(self.waiting) - len(fresh)
        self.waiting = fresh
        if now < self.retry_at:
            return ""
        while self.waiting:
            try:
                target.send(_with_note(self.waiting[0], self.lost))
            except DeliveryFailed as error:
                self.failures += 1
                wait = min(FIRST_WAIT_SECONDS * 2.0 ** min(self.failures - 1, 10), LONGEST_WAIT_SECONDS)
                self.retry_at = now + wait
                # What waits long is kept in a cursor: its text is enough.
                self.waiting = [replace(m, html="", text=m.text[:_KEPT_TEXT]) for m in self.waiting]
                return str(error)
            self.waiting.pop(0)
            self.failures, self.retry_at, self.lost = 0, 0.0, 0
        return ""


@dataclass
class Outbox:
    """The lines of all targets, by the target's name."""

    lines: dict[str, Line] = field(default_factory=dict)

    def put(self, messages: Sequence[Message], targets: Mapping[str, Target]) -> None:
        """Queue messages for every target."""
        for name in targets:
            line = self.lines.setdefault(name, Line())
            for message in messages:
                line.put(message)

    def deliver(self, targets: Mapping[str, Target], now: float) -> dict[str, str]:
        """Send what can be sent; forget lines of targets that are no longer set.

        Returns:
            What failed, by the target's name.
        """
        self.lines = {name: line for name, line in self.lines.items() if name in targets}
        failed = {name: line.deliver(targets[name], now) for name, line in self.lines.items()}
        return {name: reason for name, reason in failed.items() if reason}

    @property
    def waiting(self) -> int:
        """Messages that wait for some target."""
        return sum(len(line.waiting) for line in self.lines.values())


def _with_note(message: Message, lost: int) -> Message:
    if not lost:
        return message
    note = f"{lost} earlier messages could not be delivered here in time; the Dagster UI shows all runs."
    # The HTML form would need the note as well; the text alone says all.
    return replace(message, text=f"{message.text}\n\n{note}", html="")
