"""Which permissions the emulators grant: all, unless a test takes some away while they run.

They are kept in `permissions.json` in an emulator's folder, read with each question: a resource (a bucket,
or `dataset` or `dataset.table`) and the permissions that are granted on it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

_FILE = "permissions.json"


def grant_only(folder: Path, resource: str, permissions: Iterable[str]) -> None:
    """From now on grants nothing but these on a resource."""
    path = folder / _FILE
    known = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps(known | {resource: sorted(permissions)}))


def granted(folder: Path, resource: str, asked: Iterable[str]) -> list[str]:
    """Those of the permissions asked for that are granted."""
    path = folder / _FILE
    known = json.loads(path.read_text()) if path.exists() else {}
    return [permission for permission in asked if resource not in known or permission in known[resource]]
