"""Which page the code makes: a fingerprint of this package's files. It imports nothing that draws."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

_OWN = (".py", ".js", ".css", ".jinja", ".json")


@cache
def page_fingerprint() -> str:
    """Changes whenever the page would."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*")):
        if path.suffix in _OWN:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
