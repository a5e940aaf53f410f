"""What a fault is, and what it means that something passes again. Plain data, made of nothing but text.

Where faults come from stands in `conditions` and `defs.run_faults`; what is sent about them in `flood` and
`message`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from bandcamp_assets.alerts.masking import mask

MAX_WHAT, MAX_WHERE, MAX_REMEDY = 400, 300, 300
"""Characters kept of a fault's sentences: enough to act on, few enough to be kept in a cursor."""
_MAX_FOREIGN_TEXT = 20_000


class Severity(StrEnum):
    """How bad it is."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Days:
    """The days that something is about, as ISO dates; all of them where none is named."""

    first: str = ""
    last: str = ""

    def cover(self, other: Days) -> bool:
        """Whether every one of the other's days is one of these."""
        if not self.first:
            return True
        return bool(other.first) and self.first <= other.first and other.last <= self.last

    def __str__(self) -> str:
        return self.first if self.first == self.last else f"{self.first} to {self.last}"


@dataclass(frozen=True)
class Fault:
    """Something that a person has to know of.

    Attributes:
        scope: What it happened to, so that it is known when that passes again: `step:…`, `check:…`, `run:…`, or
            the name of a condition and a colon.
        severity: How bad it is.
        what: What happened, as one sentence.
        where: The file, row, setting, asset or address it happened at.
        remedy: What to do about it; may be empty.
        days: The days it is about.
        run_id: The run it happened in; empty if none.
        at: When, in Unix seconds.
    """

    scope: str
    severity: Severity
    what: str
    where: str
    remedy: str = ""
    days: Days = Days()
    run_id: str = ""
    at: float = 0.0

    @property
    def fingerprint(self) -> str:
        """The same for the same fault: numbers in what happened may differ, the place and the days may not."""
        alike = re.sub(r"[0-9a-f]{8,}|\d+", "#", self.what)
        parts = (self.scope, alike, self.where, str(self.days))
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]

    def masked(self, secrets: Iterable[str]) -> Fault:
        """The same fault without secrets, and with short sentences. A secret is masked before it could be cut."""

        def safe(text: str, characters: int) -> str:
            return shorten(mask(text[:_MAX_FOREIGN_TEXT], secrets), characters)

        what, where, remedy = safe(self.what, MAX_WHAT), safe(self.where, MAX_WHERE), safe(self.remedy, MAX_REMEDY)
        return replace(self, what=what, where=where, remedy=remedy)


@dataclass(frozen=True)
class Passed:
    """Something went well, so faults of its scope on its days are over.

    Attributes:
        scope: As in `Fault`.
        days: The days it went well for.
        at: When, in Unix seconds.
    """

    scope: str
    days: Days = Days()
    at: float = 0.0


def shorten(text: str, characters: int) -> str:
    """At most so many characters, with an ellipsis where some were left out."""
    text = text.strip()
    return text if len(text) <= characters else text[: characters - 1].rstrip() + "…"
