"""The version of the page: a fingerprint of this package's files. Imports no drawing package."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

_OWN = (".py", ".js", ".css", ".jinja", ".json")


@cache
def page_fingerprint(folder: Path = Path(__file__).parent) -> str:
    """A fingerprint that changes with the content and the names of the page's files.

    Args:
        folder: The folder of the files.
    """
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in _OWN:
            content = path.read_bytes()
            digest.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]
