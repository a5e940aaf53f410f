"""Processes that attempt trials, one after the other; one that hangs is ended with all that it started."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import tempfile
import time
import traceback
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from bandcamp_assets_tests.soak.kinds import Kind, all_kinds
from bandcamp_assets_tests.soak.reference import Unequal

HUNG_SECONDS = 1800.0
"""A trial that takes longer hangs. Generous: the machine may be busy."""


@dataclass(frozen=True)
class Result:
    """What became of one trial.

    Attributes:
        ended: How it ended; empty where it failed.
        rows: Raw rows accounted for.
        kills: Processes that were killed.
        seconds: Time it took.
        failure: What was wrong.
        lost: Sales that were missing.
        doubled: Sales that were too many.
        kept: The folder of a failed trial, to look into.
    """

    ended: str = ""
    rows: int = 0
    kills: int = 0
    seconds: float = 0.0
    failure: str = ""
    lost: int = 0
    doubled: int = 0
    kept: str = ""


class Worker:
    """One process. Give it a trial, then ask for the result until there is one."""

    def __init__(self) -> None:
        self._start()
        self.kind = -1
        self.number = 0

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs,))
        self._process.start()
        theirs.close()

    @property
    def is_idle(self) -> bool:
        """Whether it can be given a trial."""
        return self.kind < 0

    def give(self, kind: int, number: int) -> None:
        """Begin a trial: the place of its kind among all, and its number."""
        self.kind, self.number, self._since = kind, number, time.monotonic()
        self._ours.send((kind, number))

    def result(self) -> Result | None:
        """The result, if there is one."""
        spent = time.monotonic() - self._since
        try:
            if self._ours.poll(0.1):
                result: Result = self._ours.recv()
                self.kind = -1
                return result
        except EOFError:
            return self._replace(Result(failure="the process of the trial died", seconds=spent))
        if spent > HUNG_SECONDS:
            return self._replace(Result(failure=f"hung for {spent:.0f} s", seconds=spent))
        return None

    def _replace(self, result: Result) -> Result:
        self.close()
        self._start()
        self.kind = -1
        return result

    def close(self) -> None:
        """End the process; one at work with all that it started."""
        if self.is_idle:
            self._ours.close()
            self._process.join(60)
        if self._process.is_alive() and self._process.pid:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.join()


def _work(requests: Connection) -> None:
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    kinds = all_kinds()
    while True:
        try:
            kind, number = requests.recv()
        except EOFError:
            return
        folder = Path(tempfile.mkdtemp(prefix="trial-"))
        started = time.monotonic()
        result = _attempt(kinds[kind], number, folder)
        requests.send(Result(**{**result.__dict__, "seconds": time.monotonic() - started}))


def _attempt(kind: Kind, number: int, folder: Path) -> Result:
    try:
        outcome = kind.attempt(number, folder)
    except Exception as error:
        said = str(error) if isinstance(error, AssertionError) and str(error) else traceback.format_exc()
        lost, doubled = (error.lost, error.doubled) if isinstance(error, Unequal) else (0, 0)
        return Result(failure=said, lost=lost, doubled=doubled, kept=str(folder))
    shutil.rmtree(folder, ignore_errors=True)
    return Result(ended=outcome.ended, rows=outcome.rows, kills=outcome.kills)
