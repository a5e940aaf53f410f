"""A file delivered again under its name replaces the rows of the earlier one, and no others."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bandcamp_assets.landing.arrival import land
from bandcamp_assets.sources.source import FileSource
from bandcamp_assets_tests.landing.desk import Desk
from bandcamp_assets_tests.raw_files import csv_bytes, raw_row

BAD, WORSE = (csv_bytes([{**raw_row(0), "": word}, {**raw_row(1), "": word}]) for word in ("bad", "worse"))
"""Files with two rows, none of which is a sale."""


def test_a_file_that_was_renamed_is_corrected_under_its_new_name(desk: Desk):
    desk.deliver("a.csv", 1)
    desk.take()
    desk.stage()
    (desk.home.inbox / "a.csv").rename(desk.home.inbox / "renamed.csv")
    desk.take()
    desk.deliver("renamed.csv", 2)
    desk.take()

    desk.stage()

    assert desk.counted() == ["2"]


def test_a_copy_that_still_lies_there_keeps_its_rows_when_the_other_is_corrected(desk: Desk):
    for name in ("a.csv", "copy.csv"):
        desk.deliver(name, 1)
    desk.take()
    desk.stage()
    desk.deliver("copy.csv", 2)
    desk.take()

    desk.stage()

    assert sorted(desk.counted()) == ["1", "2"]


def test_a_corrected_file_replaces_the_rows_of_the_earlier_one_when_it_is_staged(desk: Desk):
    desk.deliver("a.csv", 1)
    desk.take()
    desk.stage()
    desk.deliver("a.csv", 2)
    desk.take()

    before = desk.counted()
    desk.stage()

    assert before == ["1"]
    assert desk.counted() == ["2"]
    assert desk.current() == ["2"]
    earlier, later = desk.catalog.raw_files()
    assert later.withdrawn_at is None
    assert earlier.withdrawn_at
    assert timedelta(0) <= datetime.now(UTC) - earlier.withdrawn_at < timedelta(minutes=5)


def test_a_correction_that_was_never_staged_is_skipped_for_the_next_one(desk: Desk):
    for number in (1, 2, 3):
        desk.deliver("a.csv", number)
        desk.take()
        if number == 1:
            desk.stage()
    desk.stage()

    assert desk.counted() == ["3"]


def test_a_correction_can_be_taken_back(desk: Desk):
    for number in (1, 2, 1):
        desk.deliver("a.csv", number)
        desk.take()
        desk.stage()

    assert desk.counted() == ["1"]


def test_a_correction_can_be_taken_back_before_it_is_staged(desk: Desk):
    desk.deliver("a.csv", 1)
    desk.take()
    desk.stage()
    for number in (2, 1):
        desk.deliver("a.csv", number)
        desk.take()
    desk.stage()

    assert desk.counted() == ["1"]


def test_a_file_that_another_name_still_stands_for_is_not_withdrawn(desk: Desk):
    desk.deliver("a.csv", 1)
    desk.deliver("b.csv", 1)
    desk.take()
    desk.stage()
    desk.deliver("a.csv", 2)
    desk.take()
    desk.stage()

    assert sorted(desk.counted()) == ["1", "2"]


def test_a_file_that_was_first_landed_by_its_path_is_corrected_under_its_name_in_the_inbox(
    desk: Desk, tmp_path: Path
):
    desk.deliver("a.csv", 1)
    source = tmp_path / "a.csv"
    source.write_bytes((desk.home.inbox / "a.csv").read_bytes())
    land(FileSource(source), desk.home, desk.catalog)
    desk.take()
    desk.stage()
    desk.deliver("a.csv", 2)
    desk.take()
    desk.stage()

    assert desk.counted() == ["2"]


def test_a_refused_correction_leaves_the_earlier_rows(desk: Desk):
    desk.deliver("a.csv", 1)
    desk.take()
    desk.stage()
    desk.deliver("a.csv", content=b"no sales")
    desk.take()
    desk.stage()
    refused = desk.counted()
    desk.deliver("a.csv", 2)
    desk.take()
    desk.stage()

    assert refused == ["1"]
    assert desk.counted() == ["2"]


def deliver_each(desk: Desk, *contents: bytes | int, name: str = "a.csv") -> None:
    """Deliver files of one name one after the other. None is staged yet."""
    for content in contents:
        if isinstance(content, int):
            desk.deliver(name, content)
        else:
            desk.deliver(name, content=content)
        desk.take()


def test_a_correction_without_a_sale_is_refused_with_its_reasons(desk: Desk):
    deliver_each(desk, 1)
    desk.stage()
    deliver_each(desk, BAD)
    desk.stage()

    assert desk.counted() == desk.current() == ["1"]
    (refused,) = desk.catalog.refused_corrections()
    files = {desk.numbers(file): file.file_id for file in desk.catalog.raw_files()}
    assert (refused.file_id, refused.refused_file_id, refused.before) == (files["1"], files["bad bad"], ())
    assert refused.refused == (
        "None of the 2 rows of this correction is a valid sale (bad_timestamp 2); the earlier rows stay\n"
        f"  where: {desk.inbox.place}/a.csv\n"
        "  what to do: deliver a corrected file under the same name (a file with only the header removes the rows)"
    )


@pytest.mark.parametrize("order", [(), ("bad bad", "2"), ("2", "bad bad")])
def test_a_bad_correction_between_two_good_files_changes_nothing(desk: Desk, order: tuple[str, ...]):
    deliver_each(desk, 1)
    desk.stage()
    deliver_each(desk, BAD, 2)
    for numbers in order:
        desk.stage(numbers)
    desk.stage()

    assert desk.counted() == desk.current() == ["2"]
    assert [one.before for one in desk.catalog.deliveries(desk.inbox.place).values()] == [()]


@pytest.mark.parametrize("order", [(), ("bad bad",), ("1", "bad bad"), ("2", "1"), ("bad bad", "2")])
def test_a_good_correction_stays_when_a_bad_one_follows(desk: Desk, order: tuple[str, ...]):
    deliver_each(desk, 1, 2, BAD)
    for numbers in order:
        desk.stage(numbers)
    desk.stage()

    assert desk.counted() == desk.current() == ["2"]
    (delivery,) = desk.catalog.deliveries(desk.inbox.place).values()
    assert (delivery.before, "None of the 2 rows" in delivery.refused) == ((), True)


def test_if_no_file_has_a_sale_the_last_one_stands_for_the_name(desk: Desk):
    deliver_each(desk, BAD, WORSE)
    desk.stage()

    assert desk.current() == ["worse worse"]
    assert desk.catalog.refused_corrections() == []


def test_a_file_with_only_the_header_removes_the_rows(desk: Desk):
    deliver_each(desk, 1)
    desk.stage()
    deliver_each(desk, csv_bytes([]))
    desk.stage()

    assert desk.counted() == []
    assert desk.current() == [""]


def test_a_file_refused_as_a_correction_counts_if_it_was_also_delivered_in_another_way(desk: Desk, tmp_path: Path):
    source = tmp_path / "source.csv"
    source.write_bytes(WORSE)
    land(FileSource(source), desk.home, desk.catalog)
    deliver_each(desk, BAD, name="b.csv")
    deliver_each(desk, 1)
    desk.stage()
    deliver_each(desk, WORSE)
    desk.stage()
    deliver_each(desk, BAD)
    desk.stage()

    assert sorted(desk.current()) == ["1", "bad bad", "worse worse"]
    assert desk.counted() == ["1"]


def test_a_file_due_to_be_replaced_stands_for_its_name_again_if_its_correction_is_refused(desk: Desk):
    for name in ("a.csv", "b.csv"):
        desk.deliver(name, 1)
    desk.take()
    desk.stage()
    (desk.home.inbox / "b.csv").unlink()
    deliver_each(desk, 2)
    deliver_each(desk, BAD, name="b.csv")
    desk.stage("2")
    desk.stage()

    assert sorted(desk.counted()) == ["1", "2"]


def test_a_name_whose_new_file_is_not_judged_yet_keeps_its_earlier_file(desk: Desk):
    for name in ("a.csv", "b.csv"):
        desk.deliver(name, 1)
    desk.take()
    desk.stage()
    for name, number in (("a.csv", 2), ("b.csv", 3)):
        desk.deliver(name, number)
    desk.take()
    desk.stage("2")
    between = sorted(desk.counted())
    desk.stage()

    assert between == ["1", "2"]
    assert sorted(desk.counted()) == sorted(desk.current()) == ["2", "3"]


def test_a_file_that_is_delivered_again_unchanged_replaces_nothing(desk: Desk):
    deliver_each(desk, 1)
    desk.stage()
    deliver_each(desk, 1)
    os.utime(desk.home.inbox / "a.csv", (1, 1))
    desk.take()
    desk.stage()

    assert desk.counted() == desk.current() == ["1"]


def test_a_file_due_to_be_replaced_stays_if_it_is_delivered_again_meanwhile(desk: Desk):
    deliver_each(desk, 1)
    desk.stage()
    deliver_each(desk, 2)
    deliver_each(desk, 1, name="b.csv")
    desk.stage()

    assert sorted(desk.counted()) == sorted(desk.current()) == ["1", "2"]


def test_an_earlier_delivery_is_judged_before_the_last_one_is_staged(desk: Desk):
    deliver_each(desk, 1)
    desk.stage()
    deliver_each(desk, BAD, 2)
    desk.stage("bad bad")

    assert (desk.counted(), desk.current()) == (["1"], ["1", "2"])


def test_rows_are_replaced_as_soon_as_any_later_file_of_their_name_is_staged(desk: Desk):
    deliver_each(desk, 1)
    desk.stage()
    deliver_each(desk, 2, 3, 4)
    counted = []
    for number in ("2", "3", "4"):
        desk.stage(number)
        counted.append(desk.counted())

    assert counted == [["2"], ["3"], ["4"]]
    assert desk.current() == ["4"]


def test_one_file_replaces_the_files_of_two_names(desk: Desk):
    deliver_each(desk, 1)
    deliver_each(desk, 3, name="b.csv")
    desk.stage()
    for name in ("a.csv", "b.csv"):
        desk.deliver(name, 9)
    desk.take()
    desk.stage()

    assert desk.counted() == desk.current() == ["9"]


@pytest.mark.parametrize("order", [("2", "3"), ("3", "2")])
def test_a_file_with_two_names_goes_when_both_are_corrected(desk: Desk, order: tuple[str, ...]):
    for name in ("a.csv", "b.csv"):
        desk.deliver(name, 1)
    desk.take()
    desk.stage()
    deliver_each(desk, 2)
    deliver_each(desk, 3, name="b.csv")
    desk.stage(order[0])
    between = sorted(desk.counted())
    desk.stage(order[1])

    assert between == sorted(["1", order[0]])
    assert sorted(desk.counted()) == sorted(desk.current()) == ["2", "3"]


def test_a_file_that_stands_for_a_name_again_stays_when_its_other_name_is_corrected(desk: Desk):
    for name in ("a.csv", "b.csv"):
        desk.deliver(name, 1)
    desk.take()
    desk.stage()
    deliver_each(desk, BAD, name="b.csv")
    deliver_each(desk, 2)
    desk.stage("bad bad")
    desk.stage()

    assert sorted(desk.counted()) == ["1", "2"]


def test_a_file_without_a_sale_replaces_one_that_no_longer_counts(desk: Desk):
    deliver_each(desk, 1)
    desk.stage()
    (desk.home.inbox / "a.csv").rename(desk.home.inbox / "renamed.csv")
    desk.take()
    deliver_each(desk, 2, name="renamed.csv")
    desk.stage()
    deliver_each(desk, BAD)
    desk.stage()

    assert (desk.counted(), sorted(desk.current())) == (["2"], ["2", "bad bad"])
    assert {one.before for one in desk.catalog.deliveries(desk.inbox.place).values()} == {()}
