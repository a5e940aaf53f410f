"""Staged and rejected rows that are not recorded are deleted once they are old; all others stay."""

from __future__ import annotations

import os
import time
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from bandcamp_assets.lake.layout import rejected_file, staged_file
from bandcamp_assets.lake.made import StagedDay, StagedFile
from bandcamp_assets.lake.retention import remove_unknown

DAY, OTHER_DAY = date(2020, 9, 9), date(2020, 9, 10)
KNOWN = StagedFile("known", "contract", 1, {}, [StagedDay(DAY, 1, Decimal(1))])


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """Files of a known and of an unknown raw file, and a file of a day that the known one no longer has."""
    paths = [place(tmp_path, name) for name in ("known", "gone") for place in (rejected_file, of_the_day)]
    for path in (*paths, staged_file(tmp_path, OTHER_DAY, "known")):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def of_the_day(lake: Path, file_id: str) -> Path:
    return staged_file(lake, DAY, file_id)


def held(lake: Path) -> set[Path]:
    return {path for path in lake.rglob("*") if path.is_file()}


def test_only_unrecorded_files_are_removed_and_returned(lake: Path):
    another = StagedFile("another", "contract", 0)

    removed = remove_unknown(lake, [KNOWN, another], older_than_seconds=-60)

    unknown = {
        rejected_file(lake, "gone"),
        staged_file(lake, DAY, "gone"),
        staged_file(lake, OTHER_DAY, "known"),
    }
    assert len(removed) == 3
    assert set(removed) == unknown
    assert held(lake) == {rejected_file(lake, "known"), staged_file(lake, DAY, "known")}


def test_a_file_that_another_run_removes_meanwhile_is_not_an_error(lake: Path, monkeypatch: pytest.MonkeyPatch):
    stat = Path.stat

    def and_remove(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        found = stat(path, follow_symlinks=follow_symlinks)
        if path.name == "gone.parquet":
            os.unlink(path)  # noqa: PTH108 - as another process does it
        return found

    monkeypatch.setattr(Path, "stat", and_remove)

    assert len(remove_unknown(lake, [KNOWN], older_than_seconds=-60)) == 3


def test_a_file_that_may_be_about_to_be_recorded_stays_for_a_day(lake: Path):
    old, young = rejected_file(lake, "gone"), staged_file(lake, DAY, "gone")
    os.utime(old, (time.time() - 90_000,) * 2)
    os.utime(young, (time.time() - 80_000,) * 2)

    assert remove_unknown(lake, [KNOWN]) == [old]
    assert young.exists()
