"""Dropped files become raw files, each once; what cannot be read is refused; a corrected one takes its place."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from bandcamp_assets.catalog import Catalog, RawFile, StagedDay, StagedFile
from bandcamp_assets.home import Home
from bandcamp_assets.landing import drops
from bandcamp_assets.landing.arrival import land
from bandcamp_assets.landing.drops import Taken, take_drops, waiting
from bandcamp_assets.landing.inbox import Drop, LocalInbox
from bandcamp_assets.landing.source import FileSource
from bandcamp_assets_tests.raw_files import csv_bytes, raw_row

DAY = date(2020, 9, 9)


class Desk:
    """A home, its inbox, and what a person does with them."""

    def __init__(self, root: Path) -> None:
        self.home = Home(root)
        self.home.prepare()
        self.catalog = Catalog(self.home.catalog)
        self.inbox = LocalInbox(self.home.inbox, settle_seconds=0)

    def drop(self, name: str, *numbers: int, content: bytes | None = None) -> None:
        path = self.home.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(csv_bytes(map(raw_row, numbers)) if content is None else content)

    def take(self) -> Taken:
        return take_drops([self.inbox], self.home, self.catalog)

    def stage(self) -> None:
        """Record what staging would, without the work."""
        done = {file.file_id for file in self.catalog.staged_files()}
        for file in self.catalog.current_files():
            if file.file_id not in done:
                self.catalog.record_staged(
                    StagedFile(file.file_id, "contract", 1, days=[StagedDay(DAY, 1, Decimal(1))])
                )

    def current(self) -> list[str]:
        """What the current raw files hold, by the numbers of their rows."""
        return [self.numbers(file) for file in self.catalog.current_files()]

    def counted(self) -> list[str]:
        """The same of the files whose rows count on the day."""
        files = {file.file_id: file for file in self.catalog.raw_files()}
        return [self.numbers(files[file_id]) for file_id in self.catalog.staged_inputs().get(DAY, [])]

    def numbers(self, file: RawFile) -> str:
        lines = (self.home.landing / file.stored_as).read_text().splitlines()[1:]
        return " ".join(line.partition(",")[0] for line in lines)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "home")


def test_dropped_files_become_raw_files_and_stay_where_they_are(desk: Desk):
    desk.drop("a.csv", 1)
    desk.drop("2020/b.csv", 2)

    taken = desk.take()

    assert sorted(taken.files) == ["2020/b.csv", "a.csv"]
    assert sorted(desk.current()) == ["1", "2"]
    assert {file.origin for file in desk.catalog.raw_files()} == {"inbox:inbox/a.csv", "inbox:inbox/2020/b.csv"}
    assert (desk.home.inbox / "a.csv").is_file()


def test_a_file_is_handled_once_though_it_stays_or_is_renamed_or_copied(desk: Desk):
    desk.drop("a.csv", 1)
    desk.take()

    assert waiting(desk.inbox, desk.catalog) == []
    (desk.home.inbox / "a.csv").rename(desk.home.inbox / "renamed.csv")
    desk.drop("copy.csv", 1)
    desk.take()

    assert desk.current() == ["1"]
    assert waiting(desk.inbox, desk.catalog) == []


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


def test_what_cannot_be_read_is_refused_by_name_once_and_stops_no_other(desk: Desk):
    desk.drop("bad.zip", content=b"PK\x03\x04 and no more")
    desk.drop("good.csv", 1)

    first, again = desk.take(), desk.take()

    assert first.files == ["good.csv"]
    assert "damaged or incomplete\n  where: inbox/bad.zip" in first.refused["bad.zip"]
    assert again == Taken()
    assert not list(desk.home.scratch.iterdir())
    desk.drop("bad.zip", 2)
    assert desk.take().files == ["bad.zip"]


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


def test_a_file_that_was_landed_by_its_path_is_not_withdrawn(desk: Desk, tmp_path: Path):
    desk.drop("a.csv", 1)
    source = tmp_path / "a.csv"
    source.write_bytes((desk.home.inbox / "a.csv").read_bytes())
    land(FileSource(source), desk.home, desk.catalog)
    desk.take()
    desk.stage()
    desk.drop("a.csv", 2)
    desk.take()
    desk.stage()

    assert sorted(desk.counted()) == ["1", "2"]


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


def test_a_file_that_changes_while_it_is_read_is_left_to_the_next_time(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    desk.drop("a.csv", 1)
    fetch = LocalInbox.fetch

    def fetch_late(inbox: LocalInbox, drop: Drop, target: Path) -> bool:
        desk.drop("a.csv", 1, 2)
        return fetch(inbox, drop, target)

    with monkeypatch.context() as patch:
        patch.setattr(LocalInbox, "fetch", fetch_late)
        late = desk.take()

    assert (late.moved_on, late.files, desk.current()) == (1, [], [])
    assert desk.take().files == ["a.csv"]
    assert desk.current() == ["1 2"]


def test_a_kill_between_files_and_record_loses_and_doubles_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    def killed(*_arguments: object) -> None:
        raise KeyboardInterrupt

    desk.drop("a.csv", 1)
    desk.drop("b.csv", 2)
    with monkeypatch.context() as patch:
        patch.setattr(Catalog, "record_deliveries", killed)
        with pytest.raises(KeyboardInterrupt):
            desk.take()

    desk.take()

    assert sorted(desk.current()) == ["1", "2"]


def test_real_files_are_refused_beside_a_made_up_sample(desk: Desk):
    desk.catalog.add_raw_file(
        RawFile("0" * 16, "sample.csv", "s", "sample:", True, 1, "0" * 64, datetime.now(UTC))
    )
    desk.drop("a.csv", 1)

    assert "would be mixed" in desk.take().refused["a.csv"]


def test_files_are_recorded_in_batches(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(drops, "BATCH", 3)
    committed: list[int] = []
    record = Catalog.record_deliveries

    def counted(catalog: Catalog, delivered: Iterable[object], lying: Collection[str]) -> None:
        batch = list(delivered)
        committed.append(len(batch))
        record(catalog, batch, lying)  # type: ignore[arg-type]

    monkeypatch.setattr(Catalog, "record_deliveries", counted)
    for number in range(7):
        desk.drop(f"{number}.csv", number)
        os.utime(desk.home.inbox / f"{number}.csv", (number, number))

    desk.take()

    assert committed == [3, 3, 1]
    assert desk.current() == [str(number) for number in range(7)]
