"""Copies a file as cheaply as the file system allows. A later write to one file does not change the other.

So it never makes a hard link, as a write to one name would change both.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

_CLONE = 0x40049409
"""Linux's request to share the blocks of two files until one of them is written (FICLONE)."""

_PIECE_BYTES = 2**30


def copy_file(source: Path, copy: Path) -> None:
    """Copy a file's bytes: by sharing blocks if the file system can, else within the kernel if it can.

    Raises:
        OSError: If the source cannot be read or the copy cannot be written.
    """
    with source.open("rb") as reader, copy.open("wb") as writer:
        if _clone(reader.fileno(), writer.fileno()) or _copy_within_the_system(reader.fileno(), writer.fileno()):
            return
    shutil.copyfile(source, copy)


def _clone(reader: int, writer: int) -> bool:
    if sys.platform != "linux":
        return False
    import fcntl

    try:
        fcntl.ioctl(writer, _CLONE, reader)
    except OSError:
        return False
    return True


def _copy_within_the_system(reader: int, writer: int) -> bool:
    if not hasattr(os, "copy_file_range"):
        return False
    left = os.fstat(reader).st_size
    if left == 0:
        return False  # some file systems, such as those of clouds, tell no size before a file is read
    try:
        while left > 0:
            copied = os.copy_file_range(reader, writer, min(left, _PIECE_BYTES))
            if copied == 0:
                return False
            left -= copied
    except OSError:
        return False  # such as between two file systems; the plain copy reports errors of the disk
    return True
