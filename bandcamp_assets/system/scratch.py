"""Scratch folders: each belongs to one process, which removes it. `sweep` removes those of dead processes."""

from __future__ import annotations

import os
import re
import shutil
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bandcamp_assets.system.disk import disk_errors

ABANDONED_SECONDS = 2 * 86_400
"""A folder of another machine that did not change for so long is a leftover, as no run takes days."""


@contextmanager
def scratch_folder(parent: Path, purpose: str) -> Iterator[Path]:
    """Make a new folder below a parent, mostly `Home.scratch`, and remove it whatever happens.

    Its name contains the process id and the machine, so that `sweep` can tell whether the process is alive.
    """
    folder = parent / name_of_own(purpose)
    try:
        with disk_errors(folder):
            folder.mkdir(parents=True)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def name_of_own(purpose: str) -> str:
    """A unique name for a folder of this process."""
    return f"{os.getpid()}@{_machine()}-{purpose}-{uuid.uuid4().hex[:8]}"


def sweep(parent: Path) -> list[Path]:
    """Remove the scratch folders whose processes are gone, and return their paths."""
    removed = []
    for folder in parent.glob("*-*"):
        owner, _, machine = folder.name.split("-", 1)[0].partition("@")
        if owner.isdigit() and _is_left_over(folder, int(owner), machine):
            shutil.rmtree(folder, ignore_errors=True)
            removed.append(folder)
    return removed


def _is_left_over(folder: Path, process_id: int, machine: str) -> bool:
    """Whether its process is gone. On another machine that cannot be checked, so there the age decides."""
    if machine in (_machine(), ""):
        return not _is_alive(process_id)
    try:
        return time.time() - folder.stat().st_mtime > ABANDONED_SECONDS
    except FileNotFoundError:
        return False


def _machine() -> str:
    return re.sub(r"[^A-Za-z0-9.]", "_", socket.gethostname())


def _is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
