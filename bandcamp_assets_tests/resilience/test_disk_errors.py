"""What the file system refuses is told in words, whichever library heard of it."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from bandcamp_assets.disk import disk_errors
from bandcamp_assets.errors import PlatformError


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ('Failed to commit: Could not write file "w.wal": Input/output error', "disk is failing"),
        ('Could not write file "w.wal": No space left on device', "free some space"),
        ('Cannot open file "x.parquet": Too many open files', "ulimit -n"),
        ('Could not write file "w.wal": File too large', "ulimit -f"),
        ("Cannot allocate memory (os error 12)", "more memory"),
        ('Cannot open file "w.duckdb": Read-only file system', "can be written"),
    ],
)
def test_an_error_that_a_library_wraps_is_told_with_what_to_do(tmp_path: Path, said: str, remedy: str) -> None:
    with pytest.raises(PlatformError) as error, disk_errors(tmp_path):
        raise RuntimeError(said)

    assert str(tmp_path) in str(error.value)
    assert remedy in error.value.remedy


def test_a_bug_keeps_its_stack_trace(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a bug"), disk_errors(tmp_path):
        raise ValueError("a bug")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EMFILE, errno.EIO, errno.EFBIG])
def test_an_error_of_the_system_names_the_file_and_the_remedy(tmp_path: Path, number: int) -> None:
    with pytest.raises(PlatformError, match="what to do") as error, disk_errors(tmp_path):
        raise OSError(number, os.strerror(number), "sales.parquet")

    assert error.value.where == "sales.parquet"
