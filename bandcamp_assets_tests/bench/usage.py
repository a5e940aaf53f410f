"""What one finished process took, as the operating system accounts for it. What is measured stands elsewhere."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


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
    started = time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command],
        env={**os.environ, "BANDCAMP_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(map(str, command))} failed: {printed}")
    return Usage(
        round(time.perf_counter() - started, 2),
        round(usage.ru_utime + usage.ru_stime, 2),
        round(usage.ru_maxrss / 1024, 1),
    ), printed


def median(usages: Sequence[Usage]) -> Usage:
    """The median of each figure."""
    return Usage(
        round(statistics.median(one.wall_seconds for one in usages), 2),
        round(statistics.median(one.cpu_seconds for one in usages), 2),
        round(statistics.median(one.peak_mib for one in usages), 1),
    )
