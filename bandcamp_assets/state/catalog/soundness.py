"""Checks whether the catalog's file can be read, and sets it aside if not. `landing` rebuilds it."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock

from bandcamp_assets.system.disk import disk_errors, sync_folder

_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_BESIDE = ("-journal", "-wal", "-shm")
"""Suffixes of the files that SQLite keeps beside a database."""


def is_damaged(path: Path) -> bool:
    """Whether a file is not a database, or an inconsistent one. A missing file is not damaged."""
    if not path.is_file():
        return False
    try:
        connection = sqlite3.connect(path, timeout=60)
        try:
            answer: str = connection.execute("pragma quick_check(1)").fetchone()[0]
        finally:
            connection.close()
    except sqlite3.Error as error:
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGE
    return answer != "ok"


def set_aside_if_damaged(path: Path) -> Path | None:
    """Move a damaged catalog to a new name. It is never deleted.

    Returns:
        Where it is now; None if there was nothing to move.
    """
    if not is_damaged(path):
        return None
    with disk_errors(path), FileLock(path.with_suffix(".lock")):
        # Another process may have moved it already.
        if not is_damaged(path):
            return None
        aside = path.with_name(f"{path.stem}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S%f}{path.suffix}")
        path.replace(aside)
        for end in _BESIDE:
            beside = path.with_name(path.name + end)
            if beside.exists():
                beside.replace(aside.with_name(aside.name + end))
        sync_folder(path.parent)
    return aside
