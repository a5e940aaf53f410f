"""What one finished process took, as the operating system accounts for it. What is measured stands elsewhere."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_LAUNCHER = """
import json, os, subprocess, sys, time
started = time.perf_counter()
process = subprocess.Popen(sys.argv[2:], stderr=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
seconds = time.perf_counter() - started
with open(sys.argv[1], "w") as told:
    json.dump([status, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024], told)
"""
"""A small process that starts the command: the system counts the memory of the process that a command was forked
from to the command's own peak, and the benchmark itself is large."""


@dataclass(frozen=True)
class Usage:
    """Wall and CPU seconds, and the peak of the resident memory in MiB."""

    wall_seconds: float
    cpu_seconds: float
    peak_mib: float


def measure(command: Sequence[str | Path], home: Path) -> tuple[Usage, str]:
    """Run a command to its end.

    Args:
        command: The command.
        home: The platform's home, for those that have one.

    Returns:
        What it took, and what it printed.
    """
    with tempfile.NamedTemporaryFile() as told:
        done = subprocess.run(
            [sys.executable, "-S", "-c", _LAUNCHER, told.name, *map(str, command)],
            env={**os.environ, "BANDCAMP_HOME": str(home)},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        status, wall, cpu, peak = json.loads(Path(told.name).read_text())
    if status:
        raise SystemExit(f"{' '.join(map(str, command))} failed: {done.stdout}")
    return Usage(round(wall, 2), round(cpu, 2), round(peak, 1)), done.stdout


def median(usages: Sequence[Usage]) -> Usage:
    """The median of each figure."""
    return Usage(
        round(statistics.median(one.wall_seconds for one in usages), 2),
        round(statistics.median(one.cpu_seconds for one in usages), 2),
        round(statistics.median(one.peak_mib for one in usages), 1),
    )
