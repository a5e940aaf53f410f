"""How many files the process may have open. Too few are refused before anything begins.

DuckDB ends the whole process where one of its threads gets no file, so that a run could not say what went wrong.
"""

from __future__ import annotations

import resource

from bandcamp_assets.errors import PlatformError

NEEDED = 256
"""A run has some 65 open, over 480 days some 95: DuckDB has the files of several days open at once."""


def allow_open_files() -> int:
    """Raise this process's limit to what is needed, as far as the system lets everybody do that.

    Returns:
        The limit, -1 if there is none. Processes started from here have it, too.

    Raises:
        PlatformError: If the system allows fewer.
    """
    limit, highest = resource.getrlimit(resource.RLIMIT_NOFILE)
    if _suffices(limit):
        return limit
    if not _suffices(highest):
        raise PlatformError(
            f"A process may have {highest} files open, {NEEDED} are needed",
            where="the system's limit of open files (`ulimit -Hn` shows it)",
            remedy="allow more (`ulimit -n 1024`, or `nofile` in /etc/security/limits.conf), and run again",
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (NEEDED, highest))
    return NEEDED


def _suffices(limit: int) -> bool:
    return limit == resource.RLIM_INFINITY or limit >= NEEDED
