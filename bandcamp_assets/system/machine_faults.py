"""Recognizes faults of the machine in errors of libraries, such as Dagster's.

Our own code that uses the disk runs inside `disk.disk_errors`, which says more exactly what happened and where.
This module handles the rest: no room for an event, no memory for a thread. A bug keeps its stack trace.
"""

from __future__ import annotations

import errno
import os
import re
import resource
from collections.abc import Iterable, Iterator
from pathlib import Path

from bandcamp_assets.system.disk import disk_error, os_error_number
from bandcamp_assets.system.errors import PlatformError

_NO_MEMORY = re.compile(
    r"can't start new thread|cannot allocate memory|memory allocation of \d+ bytes failed|std::bad_alloc"
    r"|failed to allocate|failed to map segment|OS can't spawn worker thread|out of memory error|bad allocation",
    re.IGNORECASE,
)
_LOST_ERROR = re.compile("without setting an exception|without exception set")
"""Python's message when it has no memory even for an error. A bug in C code causes the same message."""

_SQLITE = re.compile(
    r"database or disk is full|disk I/O error|unable to open database file|attempt to write a readonly database"
    r"|database disk image is malformed|file is not a database|database is locked",
)
_SQLITE_FAULTS = {"database or disk is full": "No space left for Dagster's record of runs"}
_SQLITE_REMEDIES = {
    "attempt to write a readonly database": "give yourself write permission there, and run again",
    "database disk image is malformed": "restore the folder from a backup, or remove it: only the history is lost",
    "file is not a database": "restore the folder from a backup, or remove it: only the history is lost",
    "database is locked": "close the program that has it open, and run again",
}
_SYSTEM = re.compile(r"\[Errno (\d+)\] ([^:\n]*)(?:: '([^']*)')?")
_RUST = re.compile(r'\bOs \{ code: (\d+), kind: \w+, message: "([^"]*)" \}')
"""How a panic of Polars quotes the system's error."""

_DUCKDB = "IO Error: "
"""How DuckDB begins a message that quotes the system's error."""

_OF_THE_DISK = {
    *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EFBIG),
    *(errno.EMFILE, errno.ENFILE),
}


def machine_fault(errors: Iterable[tuple[str, str]], home: Path) -> PlatformError | None:
    """Say which fault of the machine caused an error, if one did.

    Args:
        errors: An error and its causes: the name of each class, and its message.
        home: The path to name if no error names one.

    Returns:
        The error for people; None if the machine is not the cause.
    """
    for name, message in errors:
        lost = name == "SystemError" and _LOST_ERROR.search(message) and _memory_is_limited()
        if name == "MemoryError" or _NO_MEMORY.search(message) or lost:
            return PlatformError(
                "The system gave no more memory, or no more threads",
                where=f"this process, which works on {home}",
                remedy="close other programs or raise the limit (`ulimit -a` shows it), and run again",
            )
        if found := _SQLITE.search(message):
            return PlatformError(
                f"{_SQLITE_FAULTS.get(found.group(), 'Dagster cannot use its record of runs')}: {found.group()}",
                where=str(home / "dagster"),
                remedy=_SQLITE_REMEDIES.get(found.group(), "check that the disk has room there, and run again"),
            )
        if (found := _SYSTEM.search(message)) and int(found.group(1)) in _OF_THE_DISK:
            return disk_error(OSError(int(found.group(1)), found.group(2), found.group(3)), home)
        if (found := _RUST.search(message)) and int(found.group(1)) in _OF_THE_DISK:
            return disk_error(OSError(int(found.group(1)), found.group(2)), home)
        if _DUCKDB in message and (number := os_error_number(message)):
            return disk_error(OSError(number, os.strerror(number)), home)
    return None


def _memory_is_limited() -> bool:
    kinds = resource.RLIMIT_AS, resource.RLIMIT_DATA
    return any(resource.getrlimit(kind)[0] != resource.RLIM_INFINITY for kind in kinds)


def chain(error: BaseException) -> Iterator[tuple[str, str]]:
    """An error and its causes, as `machine_fault` takes them."""
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield type(following).__name__, str(following)
        following = following.__cause__ or following.__context__
