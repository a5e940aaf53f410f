"""The limits that this process needs. If the system allows less, the platform refuses to start.

Threads of DuckDB, and the engine that draws the charts, end the whole process when they cannot open a file or get
memory. Such a run could not say what went wrong.
"""

from __future__ import annotations

import os
import resource
import tempfile
from pathlib import Path

from bandcamp_assets.system.errors import PlatformError

OPEN_FILES = 256
"""A run has about 65 files open, over 480 days about 95: DuckDB opens the files of several days at once."""

ADDRESS_SPACE_BYTES = 80 * 2**30
"""A run of a small file has 67 GiB. The engine that draws the charts reserves most of it and never uses it."""

SOCKET_FOLDER_BYTES = 90
"""The path of a socket may have 107 bytes, and Dagster's names for its sockets take about a dozen."""


def ensure_working_folder() -> None:
    """Check that the working folder still exists, as relative paths begin in it.

    Raises:
        PlatformError: If it does not.
    """
    try:
        Path.cwd()
    except OSError as error:
        raise PlatformError(
            f"The working folder cannot be used: {error.strerror}",
            where=os.environ.get("PWD", "this process"),
            remedy="change to a folder that exists (`cd`), and run the command again",
        ) from error


def ensure_sockets() -> None:
    """Check that Dagster's processes can talk to each other through sockets in the temporary folder.

    Raises:
        PlatformError: If there is no such folder, or its path is too long.
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
            f"The path of the temporary folder has {size} bytes; at most {SOCKET_FOLDER_BYTES} are allowed,"
            " because sockets are created in it",
            where=f"TMPDIR={folder}",
            remedy="set TMPDIR to a folder with a shorter path, such as /tmp",
        )


def ensure_limits() -> str:
    """Raise the limits of this process to what it needs, as far as the system permits.

    Processes that it starts inherit them.

    Returns:
        The limits in words.

    Raises:
        PlatformError: If the system allows less.
    """
    files = _ensure(
        resource.RLIMIT_NOFILE,
        OPEN_FILES,
        "A process may have {limit:.0f} files open, but {needed:.0f} are needed",
        where="the system's limit of open files (`ulimit -Hn` shows it)",
        remedy="allow more (`ulimit -n 1024`, or `nofile` in /etc/security/limits.conf), and run again",
    )
    _ensure(
        resource.RLIMIT_AS,
        ADDRESS_SPACE_BYTES,
        "A process may have {limit:.0f} GiB of addresses, but {needed:.0f} are needed, most of them only reserved",
        where="the system's limit of address space (`ulimit -Hv` shows it)",
        remedy="remove the limit (`ulimit -v unlimited`), limit memory by a control group instead, and run again",
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
