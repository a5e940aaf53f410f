"""Tasks for these tests. Workers import them by name."""

from __future__ import annotations

import os
import time
from pathlib import Path

from bandcamp_assets.cluster.attempt import Attempt, attempt_folder
from bandcamp_assets.cluster.cleaning import DayToClean, clean_apart
from bandcamp_assets.lake.made import CleanedDay
from bandcamp_assets.system.home import Home
from bandcamp_assets_tests.patience import PATIENCE_SECONDS

LONG_SECONDS = 600.0
"""Longer than any test. A task that waits so long is killed before."""


def linger_once(day: DayToClean) -> Attempt[CleanedDay]:
    """Clean a day. The very first call writes half a file, reports, and then hangs."""
    if _is_first(day.lake.parent / "lingering"):
        folder = attempt_folder(day.scratch, str(day.day))
        (folder / "half.parquet").write_bytes(b"PAR1")
        time.sleep(LONG_SECONDS)
    return clean_apart(day)


def linger(day: DayToClean) -> Attempt[CleanedDay]:
    """Report, and hang."""
    _is_first(day.lake.parent / "lingering")
    time.sleep(LONG_SECONDS)
    return clean_apart(day)


def die(day: DayToClean) -> Attempt[CleanedDay]:
    """End the worker as if the system had killed it."""
    os._exit(137)


def leave_a_mark(folder: Path) -> int:
    """Take a moment, and write a file."""
    time.sleep(0.1)
    (folder / f"{time.monotonic_ns()}").touch()
    return os.getpid()


def who_lingers(home: Home) -> int:
    """Wait until a task reports that it lingers, and return its process id."""
    note = home.root / "lingering"
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not (note.exists() and note.read_text()):
        assert time.monotonic() < give_up, "no task came so far"
        time.sleep(0.02)
    return int(note.read_text())


def _is_first(note: Path) -> bool:
    try:
        with note.open("x") as file:
            file.write(str(os.getpid()))
    except FileExistsError:
        return False
    return True
