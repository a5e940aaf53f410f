"""A copied file: whole, on its own, and also from file systems that tell no size."""

from __future__ import annotations

from pathlib import Path

import pytest

from bandcamp_assets.system.copying import copy_file


def test_a_copy_has_the_bytes_and_a_later_write_to_one_leaves_the_other(tmp_path: Path):
    source, copy = tmp_path / "source", tmp_path / "copy"
    source.write_bytes(b"first" * 100_000)

    copy_file(source, copy)
    source.write_bytes(b"second")

    assert copy.read_bytes() == b"first" * 100_000


@pytest.mark.skipif(not Path("/proc/cpuinfo").exists(), reason="needs a file system that gives files no size")
def test_a_file_that_has_no_size_before_it_is_read_is_copied_whole(tmp_path: Path):
    source = Path("/proc/cpuinfo")
    assert source.stat().st_size == 0

    copy_file(source, tmp_path / "copy")

    assert (tmp_path / "copy").stat().st_size > 0
