"""Builds `steps.c` and puts it under a process. What runs there is the concern of `stages`."""

from __future__ import annotations

import atexit
import ctypes
import functools
import mmap
import os
import shutil
import struct
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).with_name("steps.c")

COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
"""Builds the library. Without one, the calls of a process cannot be counted, and these trials are left out."""


@dataclass(frozen=True)
class Stop:
    """Where a process is stopped, and how.

    Attributes:
        at: Number of the call that changes a file, from 1 on; 0 only counts.
        error: The error that this and all later calls that need room give; 0 kills the process instead.
        torn: Kill half-way through a write instead of before it.
    """

    at: int = 0
    error: int = 0
    torn: bool = False


class Counter:
    """How many calls a process has made: memory that it shares through a file, which a kill does not take."""

    def __init__(self, path: Path) -> None:
        path.write_bytes(bytes(8))
        self.path = path

    def read(self) -> int:
        """The number so far."""
        with self.path.open("rb") as file, mmap.mmap(file.fileno(), 8, prot=mmap.PROT_READ) as shared:
            return int(struct.unpack("q", shared[:8])[0])


@functools.cache
def library() -> Path:
    """Build the library, once a process.

    Raises:
        RuntimeError: If there is no compiler.
    """
    if COMPILER is None:
        raise RuntimeError("no C compiler (cc, gcc or clang) was found")
    folder = tempfile.mkdtemp(prefix="steps-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    built = Path(folder) / "steps.so"
    command = [COMPILER, "-O1", "-fno-builtin", "-shared", "-fPIC", "-o", str(built), str(SOURCE), "-ldl"]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return built


def preloaded(root: Path, counter: Counter, stop: Stop) -> dict[str, str]:
    """Settings of a process whose calls below `root` are counted from its start on."""
    return {
        "LD_PRELOAD": str(library()),
        "STEPS_ROOT": os.path.realpath(root),
        "STEPS_COUNTER": str(counter.path),
        "STEPS_AT": str(stop.at),
        "STEPS_ERRNO": str(stop.error),
        "STEPS_TORN": str(int(stop.torn)),
    }


def arm(root: Path, counter: Path, stop: Stop) -> None:
    """Begin to count in this process, which was started with the library under it."""
    ctypes.CDLL(None).steps_arm(
        os.fsencode(os.path.realpath(root)),
        os.fsencode(counter),
        ctypes.c_long(stop.at),
        ctypes.c_long(stop.error),
        ctypes.c_long(int(stop.torn)),
    )
