"""What the alert sensor remembers between ticks, as the text of its cursor. Its size is bounded by its parts."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from pydantic import TypeAdapter

from bandcamp_assets.alerts.delivery import Outbox, targets_of
from bandcamp_assets.alerts.fault import Fault, Passed
from bandcamp_assets.alerts.flood import FloodGate
from bandcamp_assets.alerts.settings import AlertSettings

OVERLAP_SECONDS = 120.0
"""Ends of runs are looked for again this far back: processes that write at once may commit out of order."""


@dataclass
class AlertState:
    """Everything the sensor remembers. Cursors of older versions lack when runs ended, and count from now.

    Attributes:
        gate: What is open and what is to be said.
        outbox: What waits for targets.
        first_look: Runs that ended before this are never told, in Unix seconds.
        last_end: When the last run ended that was read.
        read: The runs that were read and ended near that time, and when.
    """

    gate: FloodGate = field(default_factory=FloodGate)
    outbox: Outbox = field(default_factory=Outbox)
    first_look: float = field(default_factory=time.time)
    last_end: float = 0.0
    read: dict[str, float] = field(default_factory=dict)

    @classmethod
    def from_cursor(cls, cursor: str | None) -> AlertState:
        """The state that a text holds; a new one, from which only later runs are told, if there is none.

        Raises:
            ValueError: If the text is not a state.
        """
        return _adapter().validate_json(cursor) if cursor else cls()

    def to_cursor(self) -> str:
        """The state as text."""
        return _adapter().dump_json(self).decode()

    @property
    def read_from(self) -> float:
        """Runs that ended after this, and are not among those read, are new."""
        return max(self.first_look, self.last_end - OVERLAP_SECONDS)

    def take(
        self, happened: Iterable[Fault | Passed], run_id: str, ended: float, settings: AlertSettings, now: float
    ) -> int:
        """Take note of what happened in a run that has ended; give the number of faults."""
        faults = 0
        for item in happened:
            if isinstance(item, Passed):
                self.gate.passes(item)
            else:
                faults += 1
                self.gate.see(item.masked(settings.secrets), now, settings.repeat_seconds)
        self.last_end = max(self.last_end, ended)
        self.read[run_id] = ended
        self.read = {run: end for run, end in self.read.items() if end >= self.read_from}
        return faults

    def tell(
        self, standing: Mapping[str, Collection[Fault]], settings: AlertSettings, log: logging.Logger, now: float
    ) -> str:
        """Take note of what is wrong without a run, and send what is to be said. Gives what was done, in words.

        Args:
            standing: All that is wrong now, by condition. What a condition no longer names counts as fixed.
            settings: Where alerts go.
            log: Where to say what could not be delivered.
            now: Unix seconds.
        """
        for condition, faults in standing.items():
            masked = [fault.masked(settings.secrets) for fault in faults]
            self.gate.stands(condition, masked, now, settings.repeat_seconds)
        targets = targets_of(settings, log)
        message = self.gate.message(settings.ui_url, now)
        if message:
            self.outbox.put(message, targets)
        failed = self.outbox.deliver(targets, now)
        for name, reason in failed.items():
            log.warning("An alert could not be delivered and will be tried again: %s: %s", name, reason)
        parts = [
            f"{len(self.gate.open)} open",
            "1 message" if message else "",
            f"{len(self.gate.news) + self.gate.more} held back for now" if self.gate.news else "",
            f"{self.outbox.waiting} wait for {', '.join(failed)}" if failed else "",
        ]
        return "; ".join(part for part in parts if part)


@cache
def _adapter() -> TypeAdapter[AlertState]:
    return TypeAdapter(AlertState)
