"""Files of the lake that something else removed or changed are made anew."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bandcamp_assets_tests.soak.reference import assert_as_undisturbed, source, staged_reference, stages
from bandcamp_assets_tests.soak.shim import COMPILER

pytestmark = pytest.mark.skipif(COMPILER is None, reason="no C compiler to build the counting library with")


@pytest.mark.parametrize("pattern", ["staged_sales/*/*.parquet", "rejected_sales/*.parquet"])
def test_a_staged_file_that_is_gone_is_made_anew(tmp_path: Path, pattern: str) -> None:
    root = shutil.copytree(staged_reference().root, tmp_path / "home")
    next((root / "lake").glob(pattern)).unlink()

    ended = stages().run(root, source())

    assert ended.status == 0, ended.said
    assert_as_undisturbed(root, staged_reference())


@pytest.mark.parametrize("pattern", ["staged_sales/*/*.parquet", "rejected_sales/*.parquet"])
def test_a_damaged_file_is_made_anew(tmp_path: Path, pattern: str) -> None:
    root = shutil.copytree(staged_reference().root, tmp_path / "home")
    path = next((root / "lake").glob(pattern))
    path.write_bytes(path.read_bytes()[:100])

    ended = stages().run(root, source())

    assert ended.status == 0, ended.said
    assert_as_undisturbed(root, staged_reference())
