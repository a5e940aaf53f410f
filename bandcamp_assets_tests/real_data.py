"""The real data in `../shared/data`, which the repository does not contain: found, or their tests are skipped.

Whoever lacks a program can install it; whoever lacks these data cannot get them. So the output tells the two apart
at its end. In CI, data that are there and cannot be read are a fault, not a reason to skip.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from bandcamp_assets_tests.long_stories import LATE

FOLDER = Path(__file__).parents[2] / "shared" / "data"
SALES = "real_sales_600.csv"
"""The first 600 published sales."""

PAGES = "feed_pages_2023.json"
"""Recorded pages of the live feed."""

_LACKING = "needs ../shared/data: "


def real_data(name: str, folder: Path = FOLDER) -> Path:
    """The path of a file of real data that can be read. Skips the test, or fails it in CI, where it cannot.

    Args:
        name: The file's name.
        folder: Where it lies.
    """
    if lacking := _lacking(name, folder):
        pytest.skip(lacking)
    return folder / name


def real_data_if_there(name: str, folder: Path = FOLDER) -> Path | None:
    """The same for a test that goes on without: None where the file cannot be read."""
    return None if _lacking(name, folder) else folder / name


def _lacking(name: str, folder: Path) -> str:
    """Why a file cannot be read; empty if it can. In CI, only a missing folder excuses that."""
    try:
        if _is_absent(folder):
            return f"{_LACKING}the folder is not there"
        with (folder / name).open("rb") as file:
            file.read(1)
    except OSError as error:
        said = f"{_LACKING}{name} cannot be read ({type(error).__name__})"
        if os.environ.get("CI"):
            pytest.fail(said, pytrace=False)
        return said
    return ""


def _is_absent(folder: Path) -> bool:
    """Whether the folder is not there at all; a link that leads nowhere is there."""
    try:
        folder.lstat()
    except FileNotFoundError:
        return True
    return False


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell how many tests lacked the real data, and how many something of this machine."""
    reports = terminalreporter.stats.get("skipped", [])
    lines = summary([report.longrepr[2] for report in reports if isinstance(report.longrepr, tuple)])
    if lines:
        terminalreporter.section("what was skipped")
        for line in lines:
            terminalreporter.write_line(line)


def summary(reasons: Iterable[str]) -> list[str]:
    """The lines of the summary: for the real data, for time, and for all else, where there are any."""
    told = [reason.removeprefix("Skipped: ") for reason in reasons]
    without_data = [reason for reason in told if reason.startswith(_LACKING)]
    late = [reason for reason in told if reason.startswith(LATE)]
    others = [reason for reason in told if not reason.startswith((_LACKING, LATE))]
    return [
        f"{len(kind)} for want of {what} ({'; '.join(sorted(set(kind)))})"
        for what, kind in (("the real data", without_data), ("time", late), ("a program or a right", others))
        if kind
    ]
