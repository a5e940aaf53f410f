"""Dropped files become raw files, each once; what cannot be read is refused and stops no other."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from pathlib import Path

import pytest

from bandcamp_assets.landing import drops
from bandcamp_assets.landing.drops import Taken, waiting
from bandcamp_assets.sources.inbox import DeliveredFile, LocalInbox
from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets_tests.landing.desk import Desk


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


def test_a_file_that_changes_while_it_is_read_is_left_to_the_next_time(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    desk.drop("a.csv", 1)
    fetch = LocalInbox.fetch

    def fetch_late(inbox: LocalInbox, drop: DeliveredFile, target: Path) -> bool:
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
