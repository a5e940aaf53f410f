"""Checks whether a path may be used as a source. Whoever reaches the UI can put one into a run's configuration.

`source` checks afterwards what the source is and whether its file exists.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bandcamp_assets.sources.source import parts_of_source
from bandcamp_assets.system.errors import PlatformError


def ensure_allowed(text: str, folders: Sequence[Path]) -> None:
    """Refuse the path of a source outside the allowed folders. Links and `..` are followed first.

    The error is the same whether the file exists or not.

    Args:
        text: The source as given by the user.
        folders: The allowed folders; none allows any path.

    Raises:
        PlatformError: If the path is elsewhere.
    """
    if not folders or text in ("sample", "archive"):
        return
    if not all(_is_allowed(part, folders) for part in parts_of_source(text)):
        raise PlatformError(
            "The source is outside the folders that are allowed for sources",
            where=text,
            remedy="move it to a folder that BANDCAMP_SOURCE_FOLDERS names, or to the inbox",
        )


def _is_allowed(text: str, folders: Sequence[Path]) -> bool:
    try:
        path = Path(text).expanduser().resolve()
        return any(path.is_relative_to(folder.resolve()) for folder in folders)
    except (OSError, RuntimeError, ValueError):  # a loop of links, an unknown user, or a NUL byte
        return False
