"""Words faults for people: one subject and plain text. Pure: takes faults, asks nobody.

All text in a fault is foreign (artist names, answers of servers). Its lines stay lines, and nothing in it steers a
terminal. What is sent when stands in `flood`; how it is sent in `delivery`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from bandcamp_assets.alerts.fault import Fault, Severity, shorten
from bandcamp_assets.system.terminal import visible

MAX_SUBJECT, MAX_TEXT = 140, 6_000


class Occasion(StrEnum):
    """Why something is said."""

    NEW = "new"
    STILL = "still"
    RECOVERED = "recovered"


@dataclass(frozen=True)
class News:
    """One thing to say.

    Attributes:
        occasion: Why it is said.
        fault: The fault that it is about; for a recovery, the last one seen.
        count: How often it was seen since it was last told of.
        since: When it was first seen, in Unix seconds.
    """

    occasion: Occasion
    fault: Fault
    count: int = 1
    since: float = 0.0

    @property
    def severity(self) -> Severity | None:
        """How bad it is now; None for a recovery."""
        return None if self.occasion == Occasion.RECOVERED else self.fault.severity


@dataclass(frozen=True)
class Message:
    """What a target gets.

    Attributes:
        subject: One line.
        text: Plain text.
        severity: The worst of what it tells; None if it tells of recoveries only.
        created_at: Unix seconds.
    """

    subject: str
    text: str
    severity: Severity | None
    created_at: float


def worded(news: Sequence[News], more: int, ui_url: str, now: float) -> Message:
    """The message about some news.

    Args:
        news: What is told one by one.
        more: How many others there were.
        ui_url: Base address of the Dagster UI for links to runs; empty for none.
        now: Unix seconds.
    """
    total = len(news) + more
    title = _title(news[0]) if total == 1 else f"{total} things to know: {_counted(news, more)}"
    sections = [[_title(item)] * (total > 1) + _facts(item, ui_url) for item in news]
    if more:
        sections.append([f"and {more} more, which the Dagster UI shows"])
    text = "\n\n".join("\n  ".join(section) for section in sections)
    severity = min((item.severity for item in news if item.severity), default=None)  # an error before a warning
    return Message(_one_line(f"[bandcamp] {title}"), shorten(text, MAX_TEXT), severity, now)


def shown_minute(seconds: float) -> str:
    """The minute of a moment, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")


def _title(news: News) -> str:
    name = news.fault.scope.partition(":")[2].replace(":", ", check ")
    if not news.severity:
        return f"recovered: {name}"
    prefix = {Severity.ERROR: ("failed", "still failing"), Severity.WARNING: ("warning", "still warning")}
    return _one_line(f"{prefix[news.severity][news.occasion == Occasion.STILL]}: {name}: {news.fault.what}")


def _facts(news: News, ui_url: str) -> list[str]:
    """The lines about a fault. What happened comes first."""
    fault, is_over = news.fault, not news.severity
    run = f"{ui_url}/runs/{fault.run_id}" if fault.run_id and ui_url else fault.run_id
    moment = shown_minute(news.since if news.count > 1 else fault.at)
    seen = f"{news.count} times since {moment} UTC" if news.count > 1 else f"{moment} UTC"
    facts = {
        "it was" if is_over else "what": fault.what,
        "where": fault.where,
        "what to do": "" if is_over else fault.remedy,
        "run": run,
        "days": str(fault.days),
        "was seen" if is_over else "seen": seen,
    }
    return [f"{label}: {_lines(value)}" for label, value in facts.items() if value]


def _counted(news: Sequence[News], more: int) -> str:
    severities = [item.severity for item in news]
    counts = {
        "failed": severities.count(Severity.ERROR),
        "warnings": severities.count(Severity.WARNING),
        "recovered": severities.count(None),
        "more": more,
    }
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count)


def _lines(text: str) -> str:
    """Its lines, indented, with nothing left that a terminal obeys: people read alerts in logs, too."""
    return "\n    ".join(visible(line.strip()) for line in text.expandtabs().splitlines() if line.strip())


def _one_line(text: str) -> str:
    """Short, and without line breaks or other control characters: a subject is a header."""
    return shorten(" ".join("".join(c if c.isprintable() else " " for c in text).split()), MAX_SUBJECT)
