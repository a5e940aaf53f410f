"""The input of these tests, and the result of an undisturbed run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bandcamp_assets_tests.homes import TestHome
from bandcamp_assets_tests.raw_files import raw_row, write_csv
from bandcamp_assets_tests.resilience.processes import start_run
from bandcamp_assets_tests.resilience.state import everything

SECONDS_A_DAY = 86_400
DAYS = [f"2020-09-{number:02}" for number in range(9, 15)]


def sales_of_days(a_day: int, *, days: int = len(DAYS), first: int = 0) -> list[dict[str, str]]:
    """Rows of some days, numbered from `first` on. One in a hundred is a duplicate, one in five hundred is bad."""
    return [_row(day, number) for day in range(days) for number in range(first, first + a_day)]


def _row(day: int, number: int) -> dict[str, str]:
    second = number - 1 if number % 100 == 1 else number
    return raw_row(
        day * SECONDS_A_DAY + second,
        item_type="x" if number % 500 == 7 else "a",
        amount_paid_usd=f"{1 + second % 90}.{second % 100:02}",
    )


@dataclass(frozen=True)
class Undisturbed:
    """A whole run on an empty home.

    Attributes:
        home: Its home. Tests may use it if they leave it as it was.
        state: Everything that it left.
        lines: The printed lines, each with the seconds since the start.
    """

    home: TestHome
    state: dict[str, Any]
    lines: list[tuple[float, str]]

    def seconds_at(self, beginning: str) -> float:
        """When a line was printed."""
        return next(seconds for seconds, line in self.lines if line.strip().startswith(beginning))


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """30,000 rows over six days."""
    return write_csv(tmp_path_factory.mktemp("source") / "sales.csv", sales_of_days(5_000))


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, source: Path) -> Undisturbed:
    home = TestHome(tmp_path_factory.mktemp("undisturbed"))
    run = start_run(home, "--source", source)
    assert run.end() == 0, run.stderr
    assert run.stderr
    return Undisturbed(home, everything(home), run.lines)
