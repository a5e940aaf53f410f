"""Small files are staged together in this process. The results are those of one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from bandcamp_assets.cluster import stage_files, whole_files
from bandcamp_assets.lake import small_files
from bandcamp_assets.lake.conversion import Converted
from bandcamp_assets.lake.damage import DamagedFileError
from bandcamp_assets.lake.small_files import SmallFile
from bandcamp_assets_tests.cluster.lakes import Lake, sales


def _lake(root: Path) -> Lake:
    """Ten small files with a large one between them."""
    return Lake.land(root, *(sales(2, number) for number in range(1, 6)), sales(3, 4000), *[sales(1, 7)] * 5)


def test_small_files_staged_together_give_what_they_give_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    together, one_by_one = _lake(tmp_path / "a"), _lake(tmp_path / "b")
    assert together.raw[5].size > whole_files.SMALL_BYTES > together.raw[0].size

    staged = together.stage(None)
    monkeypatch.setattr(whole_files, "TOGETHER", 1)

    assert staged == one_by_one.stage(None)
    assert [file.file_id for file in staged] == [file.file_id for file in together.raw]
    for layer in ("staged_sales", "rejected_sales"):
        assert together.files(layer) == one_by_one.files(layer)
    assert not list(together.home.scratch.iterdir())


@pytest.mark.parametrize("harm", [lambda path: path.write_bytes(b"not what landed"), Path.unlink])
def test_a_file_that_is_damaged_or_gone_stops_no_small_file_before_it(
    tmp_path: Path, harm: Callable[[Path], object]
):
    lake = Lake.land(tmp_path / "home", *[sales(1, number) for number in range(1, 9)])
    harm(lake.home.landing / "4.csv")
    staged = stage_files(lake.raw, lake.home, None)

    before = [next(staged).file_id for _ in range(3)]

    with pytest.raises(DamagedFileError, match=r"sales-4\.csv"):
        next(staged)
    assert before == [file.file_id for file in lake.raw[:3]]
    assert not list(lake.home.scratch.iterdir())


def test_a_batch_ends_once_its_records_are_large_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    lake = Lake.land(tmp_path / "home", *[sales(1, number) for number in range(20, 26)])
    monkeypatch.setattr(whole_files, "TOGETHER_BYTES", 2 * lake.raw[0].size)
    batches: list[int] = []

    def convert_together(files: Sequence[SmallFile]) -> list[Converted]:
        batches.append(len(files))
        return small_files.convert_together(files)

    monkeypatch.setattr(whole_files, "convert_together", convert_together)

    staged = lake.stage(None)

    assert [file.file_id for file in staged] == [file.file_id for file in lake.raw]
    assert sum(batches) == 6
    assert 1 < len(batches) <= 6
