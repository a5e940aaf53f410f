"""Bytes delivered again: put back if they were lost, judged again if the clock was wrong, never counted twice."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bandcamp_assets.cluster import stage_files
from bandcamp_assets.contract.version import contract_version
from bandcamp_assets.landing import arrival, known_files
from bandcamp_assets.landing.arrival import land
from bandcamp_assets.sources.source import FileSource, SampleSource
from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets_tests.landing.desk import Desk
from bandcamp_assets_tests.raw_files import raw_row, write_csv

ROWS = [raw_row(number) for number in range(3)]


def by_source(desk: Desk, path: Path) -> None:
    land(FileSource(path), desk.home, desk.catalog)


def by_inbox(desk: Desk, path: Path) -> None:
    desk.deliver("again.csv", content=path.read_bytes())
    desk.take()


def lost(path: Path) -> None:
    path.unlink()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def changed(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"9.99", b"1.11"))


@pytest.mark.parametrize("harm", [lost, cut, changed])
@pytest.mark.parametrize("deliver", [by_source, by_inbox])
def test_a_raw_file_that_is_lost_or_damaged_is_put_back(
    desk: Desk, tmp_path: Path, deliver: Callable[[Desk, Path], None], harm: Callable[[Path], None]
):
    source = write_csv(tmp_path / "sales.csv", ROWS)
    kept = land(FileSource(source), desk.home, desk.catalog).file
    harm(desk.home.landing / kept.stored_as)

    deliver(desk, source)

    assert desk.catalog.raw_files() == [kept]
    assert (desk.home.landing / kept.stored_as).read_bytes() == source.read_bytes()
    assert len(list(desk.home.landing.rglob("*.csv"))) == 1


def test_a_sample_that_is_lost_is_put_back(desk: Desk):
    kept = land(SampleSource(1000), desk.home, desk.catalog).file
    before = (desk.home.landing / kept.stored_as).read_bytes()
    (desk.home.landing / kept.stored_as).unlink()

    again = land(SampleSource(1000), desk.home, desk.catalog)

    assert (again.file, again.is_new) == (kept, False)
    assert (desk.home.landing / kept.stored_as).read_bytes() == before


def test_repeating_a_command_does_not_undo_a_correction(desk: Desk, tmp_path: Path):
    desk.deliver("a.csv", 1)
    source = tmp_path / "source.csv"
    source.write_bytes((desk.home.inbox / "a.csv").read_bytes())
    land(FileSource(source), desk.home, desk.catalog)
    desk.take()
    desk.stage()
    desk.deliver("a.csv", 2)
    desk.take()
    land(FileSource(source), desk.home, desk.catalog)
    desk.stage()

    land(FileSource(source), desk.home, desk.catalog)
    repeated = desk.current()
    os.utime(source, (1, 1))
    land(FileSource(source), desk.home, desk.catalog)

    assert repeated == ["2"]
    assert sorted(desk.current()) == ["1", "2"]


def staged_by(desk: Desk) -> dict[str, int]:
    """Stage as the asset does; returns rejected rows by reason, and sales."""
    done = {file.file_id for file in desk.catalog.staged_files() if file.contract}
    waiting = [file for file in desk.catalog.current_files() if file.file_id not in done]
    for file in stage_files(waiting, desk.home, None):
        desk.catalog.record_staged(file)
    (staged,) = desk.catalog.staged_files()
    return {**staged.rejected, "sales": sum(day.rows for day in staged.days)}


def set_arrival(catalog: Catalog, at: datetime) -> None:
    with catalog.transaction() as connection:
        connection.execute("update raw_files set arrived_at = ?", (at.isoformat(),))


@pytest.mark.parametrize("deliver", [by_source, by_inbox])
def test_rows_rejected_by_a_wrong_clock_are_judged_again(
    desk: Desk, tmp_path: Path, deliver: Callable[[Desk, Path], None]
):
    source = write_csv(tmp_path / "sales.csv", [*ROWS, raw_row(utc_date="9999999999.5")])
    first = land(FileSource(source), desk.home, desk.catalog).file
    set_arrival(desk.catalog, datetime(2020, 1, 1, tzinfo=UTC))
    by_the_wrong_clock = staged_by(desk)

    deliver(desk, source)

    assert by_the_wrong_clock == {"bad_timestamp": 4, "sales": 0}
    assert staged_by(desk) == {"bad_timestamp": 1, "sales": 3}
    (again,) = desk.catalog.raw_files()
    assert again.arrived_at > datetime.now(UTC) - timedelta(hours=1)
    assert replace(again, arrived_at=first.arrived_at) == first


@pytest.mark.parametrize("deliver", [by_source, by_inbox])
def test_rows_that_are_wrong_by_any_clock_are_not_staged_again(
    desk: Desk, tmp_path: Path, deliver: Callable[[Desk, Path], None]
):
    source = write_csv(tmp_path / "sales.csv", [*ROWS, raw_row(utc_date="9999999999.5"), raw_row(utc_date="x")])
    landed = land(FileSource(source), desk.home, desk.catalog).file
    staged_by(desk)

    deliver(desk, source)

    (raw,), (staged,) = desk.catalog.raw_files(), desk.catalog.staged_files()
    assert raw == landed
    assert (staged.contract, staged.raw_rows) == (contract_version(), 5)


def _nothing_is_copied(*_: object) -> None:
    raise AssertionError("the file was read again")


def _settled(path: Path) -> Path:
    """The file as if it had been written long before it is named."""
    os.utime(path, (1, 1))
    return path


def test_an_unchanged_file_that_is_named_again_is_not_read_again(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    source = _settled(write_csv(tmp_path / "sales.csv", ROWS))
    first = land(FileSource(source), desk.home, desk.catalog)
    monkeypatch.setattr(arrival, "copy_file", _nothing_is_copied)

    again = land(FileSource(source), desk.home, desk.catalog)

    assert (again.file, again.is_new) == (first.file, False)


def test_a_file_that_was_just_written_is_read_again_as_its_time_may_not_show_a_change(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    source = write_csv(tmp_path / "sales.csv", ROWS)
    land(FileSource(source), desk.home, desk.catalog)
    monkeypatch.setattr(arrival, "copy_file", _nothing_is_copied)

    with pytest.raises(AssertionError, match="read again"):
        land(FileSource(source), desk.home, desk.catalog)


def test_another_file_of_the_same_size_and_time_at_the_same_path_is_landed(desk: Desk, tmp_path: Path):
    source = _settled(write_csv(tmp_path / "sales.csv", ROWS))
    first = land(FileSource(source), desk.home, desk.catalog)
    other = tmp_path / "other.csv"
    other.write_bytes(source.read_bytes().replace(b"9.99", b"1.11"))
    _settled(other).replace(source)

    again = land(FileSource(source), desk.home, desk.catalog)

    assert again.is_new
    assert again.file.file_id != first.file.file_id


def test_a_sample_with_the_size_and_time_of_its_record_is_not_read_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    first = land(SampleSource(1000), desk.home, desk.catalog)
    monkeypatch.setattr(known_files, "sha256_of", _nothing_is_copied)

    again = land(SampleSource(1000), desk.home, desk.catalog)

    assert (again.file, again.is_new) == (first.file, False)
