"""Words a fault for people: subject, plain text and HTML. Pure: takes faults, asks nobody.

All text in a fault is foreign (artist names, answers of servers): secrets are masked first, then lines are kept
lines, and HTML is escaped. What is sent when stands in `flood`; the forms that targets need in `targets`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from html import escape

from bandcamp_assets.alerts.fault import Fault, Severity, shorten
from bandcamp_assets.alerts.masking import mask
from bandcamp_assets.system.terminal import visible

MAX_SUBJECT, MAX_TEXT = 140, 6_000
_MAX_FOREIGN_TEXT = 20_000


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


@dataclass(frozen=True)
class Message:
    """What a target sends.

    Attributes:
        subject: One line.
        text: Plain text.
        html: The same as an HTML document; empty where it was dropped to keep a long queue short.
        severity: The worst of what it tells; recoveries are none.
        created_at: Unix seconds.
        identity: The same for the same message, so that a second delivery can be recognized.
    """

    subject: str
    text: str
    html: str
    severity: Severity | None
    created_at: float
    identity: str


@dataclass(frozen=True)
class Wording:
    """How messages are worded.

    Attributes:
        ui_url: Base address of the Dagster UI for links to runs; empty for none.
        secrets: Values that no message may hold.
    """

    ui_url: str = ""
    secrets: tuple[str, ...] = ()

    def masked(self, fault: Fault) -> Fault:
        """The same fault without secrets. To be done before its sentences are cut short, and before it is kept."""
        what, where, remedy = (
            mask(text[:_MAX_FOREIGN_TEXT], self.secrets) for text in (fault.what, fault.where, fault.remedy)
        )
        return replace(fault, what=what, where=where, remedy=remedy)

    def single(self, news: News, now: float) -> Message:
        """A message about one thing."""
        title = _title(news)
        facts = self._facts(news)
        return self._message(title, [(title, facts)], _severity([news]), now)

    def digest(self, news: Sequence[News], more: int, now: float) -> Message:
        """A message about many things at once.

        Args:
            news: Those that are told one by one.
            more: How many others there were.
            now: Unix seconds.
        """
        total = len(news) + more
        title = f"{total} things to know: {_counted(news, more)}"
        sections = [(_title(item), self._facts(item)[:4]) for item in news]
        if more:
            sections.append((f"and {more} more, which the Dagster UI shows", []))
        return self._message(title, sections, _severity(news), now)

    def _facts(self, news: News) -> list[tuple[str, str]]:
        """Label and value of each line about a fault. What happened comes first."""
        fault = news.fault
        seen = f"{news.count} times since {_time(news.since)}" if news.count > 1 else _time(fault.at)
        facts = [
            ("it was" if news.occasion == Occasion.RECOVERED else "what", fault.what),
            ("where", fault.where),
            ("what to do", fault.remedy if news.occasion != Occasion.RECOVERED else ""),
            ("run", self._run(fault.run_id)),
            ("days", str(fault.days)),
            ("seen" if news.occasion != Occasion.RECOVERED else "was seen", seen),
        ]
        return [(label, _lines(mask(value, self.secrets))) for label, value in facts if value]

    def _run(self, run_id: str) -> str:
        return f"{self.ui_url}/runs/{run_id}" if run_id and self.ui_url else run_id

    def _message(
        self, title: str, sections: list[tuple[str, list[tuple[str, str]]]], severity: Severity | None, now: float
    ) -> Message:
        subject = shorten(_one_line(mask(f"[bandcamp] {title}", self.secrets)), MAX_SUBJECT)
        masked = [(_one_line(mask(head, self.secrets)), facts) for head, facts in sections]
        text = shorten("\n\n".join(_section_text(head, facts) for head, facts in masked), MAX_TEXT)
        identity = hashlib.sha256(f"{now}\x1f{subject}\x1f{text}".encode()).hexdigest()[:24]
        return Message(subject, text, _html(subject, masked, self.ui_url), severity, now, identity)


def _title(news: News) -> str:
    prefix = {
        Occasion.NEW: "failed" if news.fault.severity == Severity.ERROR else "warning",
        Occasion.STILL: "still failing" if news.fault.severity == Severity.ERROR else "still warning",
        Occasion.RECOVERED: "recovered",
    }[news.occasion]
    name = news.fault.scope.partition(":")[2].replace(":", ", check ")
    return f"{prefix}: {name}" if news.occasion == Occasion.RECOVERED else f"{prefix}: {name}: {news.fault.what}"


def _severity(news: Sequence[News]) -> Severity | None:
    found = {item.fault.severity for item in news if item.occasion != Occasion.RECOVERED}
    return next((severity for severity in (Severity.ERROR, Severity.WARNING) if severity in found), None)


def _counted(news: Sequence[News], more: int) -> str:
    counts = {
        "failed": sum(n.occasion != Occasion.RECOVERED and n.fault.severity == Severity.ERROR for n in news),
        "warnings": sum(n.occasion != Occasion.RECOVERED and n.fault.severity == Severity.WARNING for n in news),
        "recovered": sum(n.occasion == Occasion.RECOVERED for n in news),
        "more": more,
    }
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count)


def _section_text(head: str, facts: list[tuple[str, str]]) -> str:
    return "\n".join([head, *(f"  {label}: {_indented(value)}" for label, value in facts)])


def _indented(value: str) -> str:
    return "\n    ".join(line.strip() for line in value.splitlines() if line.strip())


def _html(subject: str, sections: list[tuple[str, list[tuple[str, str]]]], ui_url: str) -> str:
    body = "".join(
        f"<h3>{escape(head)}</h3><dl>"
        + "".join(f"<dt>{escape(label)}</dt><dd>{_html_value(value, ui_url)}</dd>" for label, value in facts)
        + "</dl>"
        for head, facts in sections
    )
    head = f'<head><meta charset="utf-8"><title>{escape(subject)}</title></head>'
    return f'<!doctype html><html lang="en">{head}<body>{body}</body></html>'


def _html_value(value: str, ui_url: str) -> str:
    """The value, as a link only where it is one of our own to a run."""
    shown = escape(value).replace("\n", "<br>")
    if ui_url and re.fullmatch(re.escape(ui_url) + r"/runs/[\w\-]+", value):
        return f'<a href="{escape(value, quote=True)}">{shown}</a>'
    return shown


def _lines(text: str) -> str:
    """Its lines, with nothing left that a terminal obeys: alerts are read in logs and mail programs there too."""
    return "\n".join(map(visible, text.expandtabs().splitlines()))


def _one_line(text: str) -> str:
    """Without line breaks or other control characters: a subject is a header."""
    return " ".join("".join(" " if not char.isprintable() else char for char in text).split())


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC") if seconds else ""
