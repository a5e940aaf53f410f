"""Errors of the file system are reported in words, whichever library got them."""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pytest

from bandcamp_assets.system.disk import disk_errors
from bandcamp_assets.system.errors import PlatformError


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
def test_an_error_that_a_library_wraps_is_reported_with_what_to_do(tmp_path: Path, said: str, remedy: str) -> None:
    with pytest.raises(PlatformError) as error, disk_errors(tmp_path):
        raise RuntimeError(said)

    assert str(tmp_path) in str(error.value)
    assert remedy in error.value.remedy


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_parquet_file_whose_end_cannot_be_written_is_reported_with_what_to_do(tmp_path: Path) -> None:
    # With so many columns, the footer is larger than the rest of the file.
    frame, path = pl.DataFrame({f"column_{number}": ["x"] for number in range(200)}), tmp_path / "sales.parquet"
    frame.write_parquet(path)
    size = path.stat().st_size

    refused = pytest.raises(PlatformError, match="what to do")
    with refused as error, disk_errors(path), files_no_larger_than(size * 9 // 10):
        frame.write_parquet(path)

    assert error.value.where == str(path)
    assert "allow" in error.value.remedy


def test_a_bug_keeps_its_stack_trace(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a bug"), disk_errors(tmp_path):
        raise ValueError("a bug")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EMFILE, errno.EIO, errno.EFBIG])
def test_an_error_of_the_system_names_the_file_and_the_remedy(tmp_path: Path, number: int) -> None:
    with pytest.raises(PlatformError, match="what to do") as error, disk_errors(tmp_path):
        raise OSError(number, os.strerror(number), "sales.parquet")

    assert error.value.where == "sales.parquet"
