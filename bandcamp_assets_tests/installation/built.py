"""Builds the sdist and the wheel, as `make dist` does."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

EPOCH = "1600000000"
"""The time of every file in what is built. Any time will do, as long as it is the same one."""


@dataclass(frozen=True)
class Built:
    """What one build made."""

    folder: Path

    @property
    def wheel(self) -> Path:
        return next(self.folder.glob("*.whl"))

    @property
    def sdist(self) -> Path:
        return next(self.folder.glob("*.tar.gz"))


def build(folder: Path, *, source: Path = ROOT) -> Built:
    """Build both from a folder with the sources."""
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--directory", str(folder)],
        cwd=source,
        env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Built(folder)
