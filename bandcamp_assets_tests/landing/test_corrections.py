"""A file delivered again under its name replaces the rows of the earlier one, and no others."""

from __future__ import annotations

from pathlib import Path

from bandcamp_assets.landing.arrival import land
from bandcamp_assets.landing.source import FileSource
from bandcamp_assets_tests.landing.desk import Desk


def test_a_file_that_was_renamed_is_corrected_under_its_new_name(desk: Desk):
    desk.drop("a.csv", 1)
    desk.take()
    desk.stage()
    (desk.home.inbox / "a.csv").rename(desk.home.inbox / "renamed.csv")
    desk.take()
    desk.drop("renamed.csv", 2)
    desk.take()

    desk.stage()

    assert desk.counted() == ["2"]


def test_a_copy_that_still_lies_there_keeps_its_rows_when_the_other_is_corrected(desk: Desk):
    for name in ("a.csv", "copy.csv"):
        desk.drop(name, 1)
    desk.take()
    desk.stage()
    desk.drop("copy.csv", 2)
    desk.take()

    desk.stage()

    assert sorted(desk.counted()) == ["1", "2"]


def test_a_corrected_file_replaces_the_rows_of_the_earlier_one_when_it_is_staged(desk: Desk):
    desk.drop("a.csv", 1)
    desk.take()
    desk.stage()
    desk.drop("a.csv", 2)
    desk.take()

    before = desk.counted()
    desk.stage()

    assert before == ["1"]
    assert desk.counted() == ["2"]
    assert desk.current() == ["2"]
    assert [file.withdrawn_at is None for file in desk.catalog.raw_files()] == [False, True]


def test_a_correction_that_never_was_staged_leaves_its_task_to_the_next(desk: Desk):
    for number in (1, 2, 3):
        desk.drop("a.csv", number)
        desk.take()
        if number == 1:
            desk.stage()
    desk.stage()

    assert desk.counted() == ["3"]


def test_a_correction_can_be_taken_back(desk: Desk):
    for number in (1, 2, 1):
        desk.drop("a.csv", number)
        desk.take()
        desk.stage()

    assert desk.counted() == ["1"]


def test_a_correction_can_be_taken_back_before_it_is_staged(desk: Desk):
    desk.drop("a.csv", 1)
    desk.take()
    desk.stage()
    for number in (2, 1):
        desk.drop("a.csv", number)
        desk.take()
    desk.stage()

    assert desk.counted() == ["1"]


def test_a_file_that_another_name_still_stands_for_is_not_withdrawn(desk: Desk):
    desk.drop("a.csv", 1)
    desk.drop("b.csv", 1)
    desk.take()
    desk.stage()
    desk.drop("a.csv", 2)
    desk.take()
    desk.stage()

    assert sorted(desk.counted()) == ["1", "2"]


def test_a_file_that_was_landed_by_its_path_first_is_corrected_under_the_name_it_was_dropped_as(
    desk: Desk, tmp_path: Path
):
    desk.drop("a.csv", 1)
    source = tmp_path / "a.csv"
    source.write_bytes((desk.home.inbox / "a.csv").read_bytes())
    land(FileSource(source), desk.home, desk.catalog)
    desk.take()
    desk.stage()
    desk.drop("a.csv", 2)
    desk.take()
    desk.stage()

    assert desk.counted() == ["2"]


def test_a_refused_correction_leaves_the_earlier_rows(desk: Desk):
    desk.drop("a.csv", 1)
    desk.take()
    desk.stage()
    desk.drop("a.csv", content=b"no sales")
    desk.take()
    desk.stage()
    refused = desk.counted()
    desk.drop("a.csv", 2)
    desk.take()
    desk.stage()

    assert refused == ["1"]
    assert desk.counted() == ["2"]
