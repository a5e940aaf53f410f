"""Finds the path of the home, and refuses paths that one of the libraries would misread.

A path is refused before anything is created. `home` says what is in the home.
"""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path

from bandcamp_assets.system.errors import PlatformError

MAX_PATH_BYTES = 400
"""SQLite does not open a path of more than 512 bytes, and Dagster adds 70 to that of the home."""

MAX_NAME_BYTES = 255
"""Longest name of a file or folder in the file systems of Linux."""

_MISREAD = {
    re.compile(r"[*?\[]"): "which Dagster takes for a pattern when it looks for its settings",
    re.compile(r"\\"): "which DuckDB takes for a slash",
    re.compile(r"#"): "which dbt takes for the end of the path",
    re.compile(r"%[0-9A-Fa-f]{2}"): "which Dagster's storage takes for an encoded character",
    re.compile(r"ducklake:", re.IGNORECASE): "which dbt takes for a warehouse of another kind",
}
"""What a path may not contain, and why. Tests build a home with every other printable ASCII character."""

_REMEDY = "set BANDCAMP_HOME to another folder, or to a symbolic link with a plain name that leads to this one"


def locate_home(text: str) -> Path:
    """Parse and check the path of the home.

    Raises:
        PlatformError: If it names an unknown user, or cannot be the path of a home.
    """
    try:
        path = Path(text).expanduser().absolute()
    except RuntimeError:
        raise _refusal(
            f"{text!r} begins with the name of an unknown user", remedy="give the path without ~"
        ) from None
    if ".." in path.parts:
        # The libraries disagree about the parent of a symbolic link.
        path = path.resolve()
    _refuse_what_cannot_be_made(path)
    _refuse_what_is_misread(str(path))
    return path


def _refuse_what_cannot_be_made(path: Path) -> None:
    size = len(os.fsencode(path))
    if size > MAX_PATH_BYTES:
        raise _refusal(f"The path of the home has {size} bytes; at most {MAX_PATH_BYTES} are allowed")
    if any(len(os.fsencode(name)) > MAX_NAME_BYTES for name in path.parts):
        raise _refusal(f"The path of the home contains a name of more than {MAX_NAME_BYTES} bytes")


def _refuse_what_is_misread(path: str) -> None:
    if any(unicodedata.category(char) == "Cs" for char in path):
        raise _refusal("The path of the home is not UTF-8")
    if any(unicodedata.category(char) == "Cc" for char in path):
        raise _refusal("The path of the home contains a control character, such as a line break")
    for pattern, reason in _MISREAD.items():
        if found := pattern.search(path):
            raise _refusal(f"The path of the home contains {found.group()}, {reason}")


def _refusal(what: str, *, remedy: str = _REMEDY) -> PlatformError:
    return PlatformError(what, where="environment variable BANDCAMP_HOME", remedy=remedy)
