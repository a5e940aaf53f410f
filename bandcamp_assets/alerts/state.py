"""What the alert sensor remembers between ticks, as the text of its cursor. Its size is bounded by its parts."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from bandcamp_assets.alerts.fault import Days, Fault, Severity
from bandcamp_assets.alerts.flood import FloodGate, OpenFault
from bandcamp_assets.alerts.message import Message, News, Occasion
from bandcamp_assets.alerts.outbox import Line, Outbox
from bandcamp_assets.alerts.run_ends import Position

VERSION = 1


class UnreadableCursor(Exception):  # noqa: N818 - it is what was found
    """The cursor is none that this version wrote."""


@dataclass
class AlertState:
    """Everything the sensor remembers.

    Attributes:
        position: How far the ends of runs have been read.
        gate: What is open and what is to be said.
        outbox: What waits for targets.
    """

    position: Position
    gate: FloodGate = field(default_factory=FloodGate)
    outbox: Outbox = field(default_factory=Outbox)

    def to_cursor(self) -> str:
        """The state as text."""
        return json.dumps({"version": VERSION, **asdict(self)}, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_cursor(cls, cursor: str) -> AlertState:
        """Read the text again.

        Raises:
            UnreadableCursor: If it is none that this version wrote.
        """
        try:
            content = json.loads(cursor)
            if content["version"] != VERSION:
                raise UnreadableCursor(f"version {content['version']}")
            return cls(
                position=_position(content["position"]),
                gate=_gate(content["gate"]),
                outbox=Outbox({name: _line(line) for name, line in content["outbox"]["lines"].items()}),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise UnreadableCursor(f"{type(error).__name__}: {error}") from error


def _position(content: dict[str, Any]) -> Position:
    return Position(**{**content, "recent": [(number, run) for number, run in content["recent"]]})


def _gate(content: dict[str, Any]) -> FloodGate:
    return FloodGate(
        open={
            key: OpenFault(**{**known, "fault": _fault(known["fault"])}) for key, known in content["open"].items()
        },
        news=[
            News(Occasion(item["occasion"]), _fault(item["fault"]), item["count"], item["since"])
            for item in content["news"]
        ],
        more=content["more"],
        sent_at=content["sent_at"],
        quiet_until=content["quiet_until"],
    )


def _fault(content: dict[str, Any]) -> Fault:
    return Fault(**{**content, "severity": Severity(content["severity"]), "days": Days(**content["days"])})


def _line(content: dict[str, Any]) -> Line:
    return Line(**{**content, "waiting": [_message(message) for message in content["waiting"]]})


def _message(content: dict[str, Any]) -> Message:
    severity = content["severity"]
    return Message(**{**content, "severity": Severity(severity) if severity else None})
