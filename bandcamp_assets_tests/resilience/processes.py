"""Commands in other processes, watched line by line, so that a test can stop them at a chosen moment."""

from __future__ import annotations

import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bandcamp_assets_tests.homes import BANDCAMP, TestHome
from bandcamp_assets_tests.patience import PATIENCE_SECONDS

"""A process that takes longer hangs. The test then fails instead of waiting forever."""


@dataclass
class Watched:
    """A process whose standard error is read as it is written.

    Attributes:
        process: The process.
        lines: The lines so far, each with the seconds since the start.
    """

    process: subprocess.Popen[str]
    started_at: float = field(default_factory=time.monotonic)
    lines: list[tuple[float, str]] = field(default_factory=list)
    _all_read: bool = False
    _unread: queue.Queue[tuple[float, str] | None] = field(default_factory=queue.Queue)

    @classmethod
    def start(cls, home: TestHome, command: Sequence[str | Path], **settings: str) -> Watched:
        process = subprocess.Popen(
            [str(part) for part in command],
            env=home.environment(**settings),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            # If the tests run as a shell's background job, they and their children would ignore SIGINT.
            preexec_fn=_heed_interrupts,
        )
        watched = cls(process)
        threading.Thread(target=watched._read, daemon=True).start()
        return watched

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as lines:
            for line in lines:
                self._unread.put((time.monotonic() - self.started_at, line.rstrip("\n")))
        self._unread.put(None)

    def wait_for_line(self, beginning: str) -> bool:
        """Read until a line starts with this, after blanks; False if the process ends before."""
        while not self._all_read:
            entry = self._unread.get(timeout=PATIENCE_SECONDS)
            if entry is None:
                self._all_read = True
                break
            self.lines.append(entry)
            if entry[1].strip().startswith(beginning):
                return True
        return False

    def wait_for_library(self, name: str) -> None:
        """Wait until the process has loaded a library with this name in its path, or ends."""
        loaded = Path("/proc", str(self.process.pid), "maps")
        while self.process.poll() is None and name not in loaded.read_text():
            time.sleep(0.01)

    def wait_until(self, seconds: float) -> None:
        """Wait until this many seconds after the start, or until the process ends."""
        try:
            self.process.wait(max(0.0, self.started_at + seconds - time.monotonic()))
        except subprocess.TimeoutExpired:
            return

    def send(self, number: signal.Signals) -> int:
        """Send a signal and wait for the end. Returns the exit status."""
        self.process.send_signal(number)
        return self.end()

    def end(self) -> int:
        """Wait for the end. Returns the exit status."""
        try:
            return self.process.wait(PATIENCE_SECONDS)
        finally:
            if self.process.poll() is None:
                self.process.kill()

    @property
    def stderr(self) -> str:
        """All of standard error, once the process has ended."""
        self.wait_for_line("\0")
        return "\n".join(line for _, line in self.lines)


def start_run(home: TestHome, *arguments: str | Path) -> Watched:
    """Start `bandcamp run`."""
    return Watched.start(home, [BANDCAMP, "run", *arguments])


def start_materialization(home: TestHome, selection: str, *days: str) -> Watched:
    """Start Dagster's own command on some assets, for one day or for a first and a last day."""
    partition = ["--partition", *days] if len(days) == 1 else ["--partition-range", "...".join(days)]
    return Watched.start(
        home,
        [
            *(sys.executable, "-m", "dagster", "asset", "materialize"),
            *("-m", "bandcamp_assets.definitions", "--select", selection, *partition),
        ],
        DAGSTER_HOME=str(home.root / "dagster"),
    )


def _heed_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
