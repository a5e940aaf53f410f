"""The results of a soak, counted, as a table for people and as JSON."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version

PACKAGES = ("dagster", "dbt-core", "polars", "duckdb")


@dataclass
class Line:
    """What became of one kind of trial.

    Attributes:
        part: What was attacked.
        fault: What was done.
        kills: Processes that were killed.
        ended: How often trials ended how, as their outcomes say.
        rows: Raw rows that were accounted for.
        lost: Sales that were missing.
        doubled: Sales that were too many.
        failed: Trials that showed a fault of ours.
        seconds: Time spent.
    """

    part: str
    fault: str
    ended: Counter[str] = field(default_factory=Counter)
    kills: int = 0
    rows: int = 0
    lost: int = 0
    doubled: int = 0
    failed: int = 0
    seconds: float = 0.0

    @property
    def tried(self) -> int:
        """How many trials there were."""
        return self.failed + self.ended.total()


_HEAD = ("part", "fault or input", "tried", "kills", "how they ended", "rows accounted for", "lost", "doubled")


def markdown(lines: list[Line]) -> str:
    """The table, with a last line of sums."""
    rows = [_HEAD, tuple("---" for _ in _HEAD), *(_cells(line) for line in lines if line.tried)]
    names = ("tried", "failed", "kills", "rows", "lost", "doubled")
    tried, failed, kills, *numbers = (sum(getattr(line, name) for line in lines) for name in names)
    ended = f"{tried - failed} well" + (f", {failed} FAILED" if failed else "")
    rows.append(("**all**", "", f"{tried:,}", f"{kills:,}", ended, *(f"{number:,}" for number in numbers)))
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def page(lines: list[Line], *, minutes: float, seed: int, only: str) -> str:
    """The table below what made it, as a page of its own."""
    names = [("Python", platform.python_version()), ("SQLite", sqlite3.sqlite_version)]
    versions = ", ".join(
        f"{name} {number}" for name, number in [*names, *((one, version(one)) for one in PACKAGES)]
    )
    chosen = f" ONLY='{only}'" if only else ""
    return (
        "# What was tried, and how it ended\n\n"
        f"Made by `make soak MINUTES={minutes:g} SEED={seed}{chosen}` on {datetime.now(UTC).date()}:"
        f" {platform.system()} {platform.machine()}, {os.cpu_count()} cores; {versions}.\n\n"
        "Lost and doubled are sales after the last, undisturbed run of a trial, against a home that nothing\n"
        "ever happened to. What earlier soaks found, and what was done, stands in [FOUND.md](FOUND.md).\n\n"
        f"{markdown(lines)}"
    )


def _cells(line: Line) -> tuple[str, ...]:
    ended = [f"{count} x {how}" for how, count in line.ended.most_common()]
    ended += [f"**{line.failed} x FAILED**"] if line.failed else []
    shown = "; ".join(ended).replace("|", "\\|")
    numbers = (f"{line.rows:,}", f"{line.lost:,}", f"{line.doubled:,}")
    return (line.part, line.fault, f"{line.tried:,}", f"{line.kills:,}", shown, *numbers)
