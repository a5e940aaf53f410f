"""Commands of a trial as processes, and how they ended: well, with one clear error, or killed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bandcamp_assets_tests.homes import BANDCAMP, TestHome
from bandcamp_assets_tests.soak import reference
from bandcamp_assets_tests.soak.reference import assert_as_undisturbed

HUNG_SECONDS = 900


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit status (a signal's number negative), and what it printed to standard error."""

    status: int
    stderr: str

    @property
    def how(self) -> str:
        """In a few words.

        Raises:
            AssertionError: If it failed without one clear error.
        """
        if self.status == 0:
            return "ended as undisturbed"
        assert self.status == 1, f"ended with {self.status}: {self.stderr[-3000:]}"
        errors = [line for line in self.stderr.splitlines() if line.startswith("error: ")]
        is_clear = "Traceback" not in self.stderr and errors and "what to do:" in self.stderr
        assert is_clear, f"not one clear error: {self.stderr[:6000]}\n[…]\n{self.stderr[-3000:]}"
        return "clear error"


def command(home: TestHome) -> Sequence[str | Path]:
    """`bandcamp run` of the trials' file."""
    return [BANDCAMP, "run", "--source", str(reference.source())]


def run_to_end(
    home: TestHome, limits: Callable[[], None] | None = None, prefix: Sequence[str] = (), **settings: str
) -> Ended:
    """Run `bandcamp run`, under limits that the process gets before it starts, or by another command."""
    done = subprocess.run(
        [*prefix, *command(home)],
        env=home.environment(**settings),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=HUNG_SECONDS,
        preexec_fn=limits,
    )
    return Ended(done.returncode, done.stderr)


def must_end_as_undisturbed(home: TestHome, after: str) -> None:
    """Run to the end, without a fault, and compare.

    Raises:
        AssertionError: If that does not end well, or the home differs.
    """
    ended = run_to_end(home)
    assert ended.status == 0, f"after {after}, the next run ended with {ended.status}: {ended.stderr[-3000:]}"
    assert_as_undisturbed(home.root, reference.built_reference())


def start(home: TestHome, command: Sequence[str | Path], **settings: str) -> subprocess.Popen[bytes]:
    """Start a process in a group of its own."""
    return subprocess.Popen(
        [str(part) for part in command],
        env=home.environment(**settings),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def kill_after(process: subprocess.Popen[bytes], seconds: float, *, group: bool) -> bool:
    """Kill a process, or its whole group, after some time; whether it had not ended before."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        (os.killpg if group else os.kill)(process.pid, 9)
    process.wait()
    return process.returncode == -9
