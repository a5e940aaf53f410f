"""Which folder is the home, and which paths it may not have: those that the libraries below it would misread.

A path is refused before anything is made. What lies in the home is said in `home`.
"""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path

from bandcamp_assets.system.errors import PlatformError

MAX_PATH_BYTES = 400
"""SQLite opens no file whose path has more than 512, and Dagster's lie 70 further down."""

MAX_NAME_BYTES = 255
"""Of one folder, in the file systems of Linux."""

_MISREAD = {
    re.compile(r"[*?\[]"): "which Dagster takes for a pattern where it looks for its settings",
    re.compile(r"\\"): "which DuckDB takes for a slash",
    re.compile(r"#"): "which dbt takes for the end of the path",
    re.compile(r"%[0-9A-Fa-f]{2}"): "which Dagster's storage takes for the code of another character",
    re.compile(r"ducklake:", re.IGNORECASE): "which dbt takes for a warehouse of another kind",
}
"""What a path may not hold, and why. Tests build a home under every other printable character of ASCII."""

_REMEDY = "set BANDCAMP_HOME to another folder, or to a symbolic link to this one that has a plain name"


def locate_home(text: str) -> Path:
    """Understand the path of a home.

    Raises:
        PlatformError: If it names a user that is not known, or cannot be the path of a home.
    """
    try:
        path = Path(text).expanduser().absolute()
    except RuntimeError:
        raise _refusal(
            f"{text!r} begins with the name of a user that is not known here", remedy="give the path without ~"
        ) from None
    if ".." in path.parts:
        # The libraries disagree on what lies above a symbolic link.
        path = path.resolve()
    _refuse_what_cannot_be_made(path)
    _refuse_what_is_misread(str(path))
    return path


def _refuse_what_cannot_be_made(path: Path) -> None:
    size = len(os.fsencode(path))
    if size > MAX_PATH_BYTES:
        raise _refusal(f"The path of the home has {size} bytes, and may have {MAX_PATH_BYTES}")
    if any(len(os.fsencode(name)) > MAX_NAME_BYTES for name in path.parts):
        raise _refusal(f"The path of the home holds a name of more than {MAX_NAME_BYTES} bytes")


def _refuse_what_is_misread(path: str) -> None:
    if any(unicodedata.category(char) == "Cs" for char in path):
        raise _refusal("The path of the home is not text in UTF-8")
    if any(unicodedata.category(char) == "Cc" for char in path):
        raise _refusal("The path of the home holds a control character, such as a line break")
    for pattern, reason in _MISREAD.items():
        if found := pattern.search(path):
            raise _refusal(f"The path of the home holds {found.group()}, {reason}")


def _refusal(what: str, *, remedy: str = _REMEDY) -> PlatformError:
    return PlatformError(what, where="environment variable BANDCAMP_HOME", remedy=remedy)
