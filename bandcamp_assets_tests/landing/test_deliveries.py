"""Delivered files become raw files, each once. An unreadable file is refused and does not stop the others."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from pathlib import Path

import pytest

from bandcamp_assets.landing import deliveries
from bandcamp_assets.landing.deliveries import Taken, waiting
from bandcamp_assets.sources.inbox import DeliveredFile, LocalInbox
from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets_tests.landing.desk import Desk


def test_delivered_files_become_raw_files_and_stay_where_they_are(desk: Desk):
    desk.deliver("a.csv", 1)
    desk.deliver("2020/b.csv", 2)

    taken = desk.take()

    assert sorted(taken.files) == ["2020/b.csv", "a.csv"]
    assert sorted(desk.current()) == ["1", "2"]
    assert {file.origin for file in desk.catalog.raw_files()} == {"inbox:inbox/a.csv", "inbox:inbox/2020/b.csv"}
    assert (desk.home.inbox / "a.csv").is_file()


def test_a_file_is_handled_once_even_if_it_stays_or_is_renamed_or_copied(desk: Desk):
    desk.deliver("a.csv", 1)
    desk.take()

    assert waiting(desk.inbox, desk.catalog) == []
    (desk.home.inbox / "a.csv").rename(desk.home.inbox / "renamed.csv")
    desk.deliver("copy.csv", 1)
    desk.take()

    assert desk.current() == ["1"]
    assert waiting(desk.inbox, desk.catalog) == []


def test_an_unreadable_file_is_refused_once_by_name_and_does_not_stop_others(desk: Desk):
    desk.deliver("bad.zip", content=b"PK\x03\x04 and no more")
    desk.deliver("good.csv", 1)

    first, again = desk.take(), desk.take()

    assert first.files == ["good.csv"]
    assert "damaged or incomplete\n  where: inbox/bad.zip" in first.refused["bad.zip"]
    assert again == Taken()
    assert not list(desk.home.scratch.iterdir())
    desk.deliver("bad.zip", 2)
    assert desk.take().files == ["bad.zip"]


def test_a_file_that_changes_while_it_is_read_is_left_to_the_next_time(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    desk.deliver("a.csv", 1)
    fetch = LocalInbox.fetch

    def fetch_late(inbox: LocalInbox, drop: DeliveredFile, target: Path) -> bool:
        desk.deliver("a.csv", 1, 2)
        return fetch(inbox, drop, target)

    with monkeypatch.context() as patch:
        patch.setattr(LocalInbox, "fetch", fetch_late)
        late = desk.take()

    assert (late.moved_on, late.files, desk.current()) == (1, [], [])
    assert desk.take().files == ["a.csv"]
    assert desk.current() == ["1 2"]


def test_a_kill_before_files_are_recorded_neither_loses_nor_duplicates_any(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    def killed(*_arguments: object) -> None:
        raise KeyboardInterrupt

    desk.deliver("a.csv", 1)
    desk.deliver("b.csv", 2)
    with monkeypatch.context() as patch:
        patch.setattr(Catalog, "record_deliveries", killed)
        with pytest.raises(KeyboardInterrupt):
            desk.take()

    desk.take()

    assert sorted(desk.current()) == ["1", "2"]


def test_files_are_recorded_in_batches(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(deliveries, "BATCH", 3)
    committed: list[int] = []
    record = Catalog.record_deliveries

    def counted(catalog: Catalog, delivered: Iterable[object], present: Collection[str]) -> None:
        batch = list(delivered)
        committed.append(len(batch))
        record(catalog, batch, present)  # type: ignore[arg-type]

    monkeypatch.setattr(Catalog, "record_deliveries", counted)
    for number in range(7):
        desk.deliver(f"{number}.csv", number)
        os.utime(desk.home.inbox / f"{number}.csv", (number, number))

    desk.take()

    assert committed == [3, 3, 1]
    assert desk.current() == [str(number) for number in range(7)]
