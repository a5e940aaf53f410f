"""Errors of the file system in plain words, and atomic replacement of files.

This works for any file. `home` says where the platform's own files are.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bandcamp_assets.system.errors import PlatformError

_REMEDIES = {
    errno.ENOSPC: "free some space, or set BANDCAMP_HOME to a larger disk, and run again",
    errno.EDQUOT: "free some of your quota, or set BANDCAMP_HOME to another disk, and run again",
    errno.EROFS: "set BANDCAMP_HOME to a folder on a disk that can be written",
    errno.EACCES: "give yourself write permission there, or set BANDCAMP_HOME to another folder",
    errno.EPERM: "give yourself write permission there, or set BANDCAMP_HOME to another folder",
    errno.ENOTDIR: "a file is in the place of a folder: move it, or set BANDCAMP_HOME to another folder",
    errno.EEXIST: "a file is in the place of a folder: move it, or set BANDCAMP_HOME to another folder",
    errno.ENOENT: "check that the file is still there, and run again",
    errno.EIO: "check whether the disk is failing, or set BANDCAMP_HOME to another disk, and run again",
    errno.EFBIG: "allow larger files (`ulimit -f`, or a file system that can hold them), and run again",
    errno.EMFILE: "allow more open files (`ulimit -n 1024`), and run again",
    errno.ENFILE: "close programs that hold many files open, and run again",
    errno.ENOMEM: "give the process more memory, and run again",
}

_KNOWN_BY_WORDS = (
    *(errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EFBIG, errno.EMFILE, errno.ENFILE),
    *(errno.ENOMEM, errno.EACCES),
)
"""Errors that a library may report by the system's message alone, without the number."""

_REFUSED_AT_THE_END = "Invalid thrift: transport error"
"""What Polars says when it cannot write the end of a Parquet file. It does not give the cause."""


def disk_error(error: OSError, path: Path) -> PlatformError:
    """Say what the file system refused, and what to do about it."""
    return PlatformError(
        f"The file system refused: {error.strerror or error}",
        where=str(error.filename or path),
        remedy=_REMEDIES.get(error.errno or 0, "check that the disk is healthy and the path right, and run again"),
    )


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn errors of the file system into a `PlatformError`, also those that a library wraps in its own.

    To read a file that may be damaged, use `lake.damage.readable`, which names the file.

    Args:
        path: The path to name if the error does not name one.

    Raises:
        PlatformError: If the file system refused something. Other errors pass unchanged.
    """
    try:
        yield
    except PlatformError:
        raise
    except OSError as error:
        raise disk_error(error, path) from error
    except Exception as error:
        if _REFUSED_AT_THE_END in str(error):
            raise PlatformError(
                "A Parquet file could not be written to its end",
                where=str(path),
                remedy="check that the disk works and has room, allow large files (`ulimit -f`), and run again",
            ) from error
        number = os_error_number(str(error))
        if number is None:
            raise
        raise disk_error(OSError(number, os.strerror(number)), path) from error


def os_error_number(message: str) -> int | None:
    """The system's error number in a library's message: from Rust's `(os error 28)`, or from DuckDB's text."""
    match = re.search(r"\(os error (\d+)\)", message)
    if match:
        return int(match.group(1))
    said = message.lower()
    return next((number for number in _KNOWN_BY_WORDS if os.strerror(number).lower() in said), None)


def file_version(path: Path) -> str:
    """A text that changes whenever a file is written or replaced: its size, its times and its inode.

    Nobody can set the time of the last change of an inode. A disk that loses a bit changes none of these.
    """
    stat = path.stat()
    return f"{stat.st_size}-{stat.st_mtime_ns}-{stat.st_ctime_ns}-{stat.st_ino}"


def replace_file(source: Path, target: Path) -> None:
    """Move a finished file to its place in one step that survives a crash."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb+") as handle:
        os.fsync(handle.fileno())
    source.replace(target)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
