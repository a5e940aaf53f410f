"""Every single call that changes a file, one by one: killed there, or the disk full from there on.

A sweep's cases are numbered; together they leave no moment out. How calls are counted stands in `shim`, what runs
in `stages`.
"""

from __future__ import annotations

import errno
import functools
import os
import random
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bandcamp_assets_tests.raw_files import write_csv
from bandcamp_assets_tests.resilience.conftest import sales_of_days
from bandcamp_assets_tests.soak import reference
from bandcamp_assets_tests.soak.reference import DAYS, ROWS, Reference, assert_as_undisturbed, stages
from bandcamp_assets_tests.soak.scenario import Outcome, Scenario
from bandcamp_assets_tests.soak.shim import COMPILER, Stop
from bandcamp_assets_tests.soak.stages import Ended

PART = "landing to sales"


@dataclass(frozen=True)
class Setting:
    """A run whose calls are swept.

    Attributes:
        begin: Makes the home as it is before the run.
        source: The file to land; None for what lies in the inbox.
        end: What an undisturbed run makes of it.
    """

    begin: Callable[[Path], None]
    source: Callable[[], Path | None]
    end: Callable[[], Reference]


def _nothing(_root: Path) -> None:
    return


def _corrected(root: Path) -> None:
    """A finished home, and in its inbox the corrected file: other amounts, a day less."""
    shutil.copytree(_delivered().root, root)
    _drop(root, rows=120, days=DAYS - 1)


def _drop(root: Path, rows: int, days: int) -> None:
    path = write_csv(root / "inbox" / "sales.csv", sales_of_days(rows, days=days))
    os.utime(path, (1_700_000_000 + rows, 1_700_000_000 + rows))


@functools.cache
def _delivered() -> Reference:
    root = reference.workplace() / "delivered"
    (root / "inbox").mkdir(parents=True)
    _drop(root, reference.A_DAY, DAYS)
    return _undisturbed(root)


def _lost(root: Path) -> None:
    """A finished home with a correction, without its catalog."""
    shutil.copytree(_corrected_reference().root, root)
    (root / "catalog.sqlite").unlink()


@functools.cache
def _lost_reference() -> Reference:
    root = reference.workplace() / "lost"
    _lost(root)
    restored = _undisturbed(root)
    assert_as_undisturbed(root, _corrected_reference())
    return restored


@functools.cache
def _corrected_reference() -> Reference:
    root = reference.workplace() / "corrected"
    _corrected(root)
    return _undisturbed(root)


def _undisturbed(root: Path) -> Reference:
    ended = stages().run(root, None)
    assert ended.status == 0, ended.said
    return Reference(root, reference.everything(reference.TestHome(root)), reference.paths(root), ended.calls)


FIRST = Setting(_nothing, reference.source, reference.staged_reference)
CORRECTION = Setting(_corrected, lambda: None, _corrected_reference)
LOST_CATALOG = Setting(_lost, lambda: None, _lost_reference)


@dataclass(frozen=True)
class Sweep:
    """One fault at each call of a run.

    Attributes:
        part: As of a trial.
        fault: As of a trial.
        setting: The run.
        stop: The fault at the call of this number.
    """

    part: str
    fault: str
    setting: Setting
    stop: Callable[[int], Stop]

    def cases(self) -> int:
        """How many calls the run makes."""
        return self.setting.end().calls

    def attempt(self, number: int, folder: Path) -> Outcome:
        """Stop the run at its call of this number (from 1 on), run it again to its end, compare.

        Raises:
            AssertionError: If anything is lost, doubled, left behind, or told unclearly.
        """
        root = folder / "home"
        self.setting.begin(root)
        expected = self.setting.end()
        ended = stages().run(root, self.setting.source(), self.stop(number))
        how = _how(ended)
        again = stages().run(root, self.setting.source())
        assert again.status == 0, f"after {how}, the next run ended with {again.status}: {again.said}"
        assert_as_undisturbed(root, expected)
        return Outcome(how, ROWS, kills=int(ended.status == -signal.SIGKILL))

    def sample(self) -> Scenario:
        """A trial of calls drawn at random."""

        def attempt(chance: random.Random, folder: Path) -> Outcome:
            return self.attempt(chance.randint(1, self.cases()), folder)

        return Scenario(self.part, self.fault, attempt)


def _how(ended: Ended) -> str:
    if ended.status == -signal.SIGKILL:
        return "killed, the next run ended as undisturbed"
    assert ended.status != -signal.SIGALRM, "hung"
    assert ended.status >= 0, f"died by signal {-ended.status}: {ended.said}"
    if ended.status == 0:
        return "ended as undisturbed"
    assert not ended.unclear, f"not a clear error: {ended.said}"
    return "one clear error, the next run ended as undisturbed"


SWEEPS: tuple[Sweep, ...] = (
    Sweep(PART, "SIGKILL before each call that changes a file", FIRST, Stop),
    Sweep(PART, "SIGKILL half-way through each write", FIRST, lambda number: Stop(number, torn=True)),
    Sweep(PART, "disk full from each call on", FIRST, lambda number: Stop(number, errno.ENOSPC)),
    Sweep(PART, "disk failing (EIO) from each call on", FIRST, lambda number: Stop(number, errno.EIO)),
    Sweep("corrected file", "SIGKILL before each call that changes a file", CORRECTION, Stop),
    Sweep("corrected file", "disk full from each call on", CORRECTION, lambda number: Stop(number, errno.ENOSPC)),
    Sweep("lost catalog", "SIGKILL before each call that changes a file", LOST_CATALOG, Stop),
)
"""Needs a C compiler."""

SCENARIOS = [sweep.sample() for sweep in SWEEPS] if COMPILER else []
