"""Which permissions the emulators grant, and to whom.

Who comes without a token, or with the one that stands in for a real one, owns everything, unless a test takes some
of it away while the emulators run. Who comes with another is the principal of that name, and has what was granted
to it.

They are kept in `permissions.json` in an emulator's folder, read with each question: for each principal, resources
(a bucket, a dataset, or the project) and the permissions that are granted on them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextvars import ContextVar
from pathlib import Path

OWNER = ""
"""Who comes without a token."""

_STAND_IN = "emulator"
"""What dbt is given, so that it looks for no real token."""

PROJECT_ITSELF = "projects/-"
"""The project as a resource; there is one."""

caller: ContextVar[str] = ContextVar("caller", default=OWNER)
"""The principal whose request is being answered, where what is asked lies deep inside an emulator."""

_FILE = "permissions.json"


def grant_only(folder: Path, resource: str, permissions: Iterable[str], principal: str = OWNER) -> None:
    """From now on grants a principal nothing but these on a resource."""
    known = _read(folder)
    known.setdefault(principal, {})[resource] = sorted(permissions)
    (folder / _FILE).write_text(json.dumps(known))


def granted(folder: Path, resource: str, asked: Iterable[str], principal: str = OWNER) -> list[str]:
    """Those of the permissions asked for that a principal has; nobody has what was taken from the owner."""
    known = _read(folder)
    left, own = known.get(OWNER, {}), known.get(principal, {})
    return [
        permission
        for permission in asked
        if permission in left.get(resource, [permission])
        and (principal == OWNER or permission in own.get(resource, []))
    ]


def principal_of(authorization: str | None) -> str:
    """Who comes with this header of a request."""
    token = (authorization or "").removeprefix("Bearer ")
    return OWNER if token == _STAND_IN else token


def _read(folder: Path) -> dict[str, dict[str, list[str]]]:
    path = folder / _FILE
    return dict(json.loads(path.read_text())) if path.exists() else {}
