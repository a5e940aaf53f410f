"""Folders for what is half made: each of one process, removed by it, or swept once that process is gone."""

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
"""A folder of another machine that nothing was put into for so long is a leftover; no run takes days."""


@contextmanager
def scratch_folder(parent: Path, purpose: str) -> Iterator[Path]:
    """Give a fresh folder below a parent, mostly `Home.scratch`, and remove it whatever happens.

    The name carries process id and machine, so that `sweep` can tell leftovers of a killed process from the work
    of a living one.
    """
    folder = parent / name_of_own(purpose)
    try:
        with disk_errors(folder):
            folder.mkdir(parents=True)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def name_of_own(purpose: str) -> str:
    """A name for a folder of this process that no other one has."""
    return f"{os.getpid()}@{_machine()}-{purpose}-{uuid.uuid4().hex[:8]}"


def sweep(parent: Path) -> list[Path]:
    """Remove the folders in one whose processes are gone, and return them."""
    removed = []
    for folder in parent.glob("*-*"):
        owner, _, machine = folder.name.split("-", 1)[0].partition("@")
        if owner.isdigit() and _is_left_over(folder, int(owner), machine):
            shutil.rmtree(folder, ignore_errors=True)
            removed.append(folder)
    return removed


def _is_left_over(folder: Path, process_id: int, machine: str) -> bool:
    """Whether its process is gone. Of another machine that cannot be asked: there, long silence counts."""
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
