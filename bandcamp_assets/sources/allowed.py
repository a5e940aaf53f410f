"""Which paths may be named as a source. The run's configuration names one, and whoever reaches the UI writes that.

What a source is and whether its file is there stands in `source`; this is asked before.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bandcamp_assets.system.errors import PlatformError


def ensure_allowed(text: str, folders: Sequence[Path]) -> None:
    """Refuse the path of a source that lies outside of some folders, with links and `..` followed.

    The refusal is the same whether there is such a file or not.

    Args:
        text: The source as it was named.
        folders: Where it may lie; anywhere if there are none.

    Raises:
        PlatformError: If it lies elsewhere.
    """
    if not folders or text in ("sample", "archive"):
        return
    try:
        path = Path(text).expanduser().resolve()
        is_allowed = any(path.is_relative_to(folder.resolve()) for folder in folders)
    except (OSError, RuntimeError, ValueError):  # links in a circle, an unknown user, a NUL byte
        is_allowed = False
    if not is_allowed:
        raise PlatformError(
            "The source lies outside of the folders that sources may lie in",
            where=text,
            remedy="put it into a folder that the setting BANDCAMP_SOURCE_FOLDERS names, or into the inbox",
        )
