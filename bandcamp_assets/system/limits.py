"""What the system must allow this process. Too little is refused before anything begins.

Where they get no file or no memory, threads of DuckDB and the engine that draws the charts end the whole process,
so that a run could not say what went wrong.
"""

from __future__ import annotations

import os
import resource
import tempfile
from pathlib import Path

from bandcamp_assets.system.errors import PlatformError

OPEN_FILES = 256
"""A run has some 65 open, over 480 days some 95: DuckDB has the files of several days open at once."""

ADDRESS_SPACE_BYTES = 80 * 2**30
"""A run of a small file has 67 GiB. Most of them the engine that draws the charts sets aside, and never uses."""

SOCKET_FOLDER_BYTES = 90
"""Of the 107 that the path of a socket may have, Dagster's names for those of its processes take a dozen."""


def ensure_working_folder() -> None:
    """See that the folder in which the command was started is still there: relative paths begin in it.

    Raises:
        PlatformError: If it is not.
    """
    try:
        Path.cwd()
    except OSError as error:
        raise PlatformError(
            f"The working folder cannot be used: {error.strerror}",
            where=os.environ.get("PWD", "this process"),
            remedy="go to a folder that is there (`cd`), and call the command again",
        ) from error


def ensure_sockets() -> None:
    """See that Dagster's processes can talk to each other through files in the temporary folder.

    Raises:
        PlatformError: If no folder is to be had, or its path is too long.
    """
    try:
        folder = tempfile.gettempdir()
    except OSError as error:
        raise PlatformError(
            "There is no folder for temporary files",
            where=f"TMPDIR={os.environ.get('TMPDIR', '')}",
            remedy="set TMPDIR to a folder that can be written",
        ) from error
    size = len(os.fsencode(folder))
    if size > SOCKET_FOLDER_BYTES:
        raise PlatformError(
            f"The path of the temporary folder has {size} bytes; sockets lie in it, so it may have"
            f" {SOCKET_FOLDER_BYTES}",
            where=f"TMPDIR={folder}",
            remedy="set TMPDIR to a folder with a shorter path, such as /tmp",
        )


def ensure_limits() -> str:
    """Raise the limits of this process to what is needed, as far as the system lets everybody do that.

    Processes started from here have them, too.

    Returns:
        The limits in words.

    Raises:
        PlatformError: If the system allows less.
    """
    files = _ensure(
        resource.RLIMIT_NOFILE,
        OPEN_FILES,
        "A process may have {limit:.0f} files open, {needed:.0f} are needed",
        where="the system's limit of open files (`ulimit -Hn` shows it)",
        remedy="allow more (`ulimit -n 1024`, or `nofile` in /etc/security/limits.conf), and run again",
    )
    _ensure(
        resource.RLIMIT_AS,
        ADDRESS_SPACE_BYTES,
        "A process may have {limit:.0f} GiB of addresses, {needed:.0f} are needed, most of them only set aside",
        where="the system's limit of address space (`ulimit -Hv` shows it)",
        remedy="take it away (`ulimit -v unlimited`), limit memory by a control group instead, and run again",
        unit=2**30,
    )
    return f"{files if files >= 0 else 'any number of'} open files"


def _ensure(kind: int, needed: int, what: str, *, where: str, remedy: str, unit: int = 1) -> int:
    limit, highest = resource.getrlimit(kind)
    if _suffices(limit, needed):
        return limit
    if not _suffices(highest, needed):
        what = what.format(limit=highest / unit, needed=needed / unit)
        raise PlatformError(what, where=where, remedy=remedy)
    resource.setrlimit(kind, (needed, highest))
    return needed


def _suffices(limit: int, needed: int) -> bool:
    return limit == resource.RLIM_INFINITY or limit >= needed
