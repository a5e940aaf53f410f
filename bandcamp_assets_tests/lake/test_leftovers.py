"""Staged files are found and counted without a catalog."""

from __future__ import annotations

import io
import os
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from bandcamp_assets.lake.cleaning import clean_into, scan_staged
from bandcamp_assets.lake.layout import cleaned_file, staged_file
from bandcamp_assets.lake.leftovers import days_held, left_out, staged_ids, staged_of
from bandcamp_assets.lake.made import StagedDay, StagedFile
from bandcamp_assets.lake.staging import stage_file
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.raw_files import csv_bytes, raw_row

DAY, NEXT_DAY = date(2020, 9, 9), date(2020, 9, 10)


def stage(lake: Path, file_id: str, *rows: dict[str, str]) -> StagedFile:
    scratch = lake.parent / f"scratch-{file_id}"
    scratch.mkdir()
    return stage_file(
        io.BytesIO(csv_bytes(rows)),
        file_id=file_id,
        arrived_at=datetime(2020, 10, 3, tzinfo=UTC),
        lake=lake,
        scratch=scratch,
        where="sales.csv",
    )


def clean(lake: Path, day: date, *file_ids: str) -> None:
    """Clean a day a minute after its files were staged."""
    scratch = lake.parent / f"scratch-{day}"
    scratch.mkdir(exist_ok=True)
    clean_into(
        scan_staged([staged_file(lake, day, file_id) for file_id in file_ids]), day, lake=lake, scratch=scratch
    )
    path = cleaned_file(lake, day)
    if path.exists():
        later = path.stat().st_mtime + 60
        os.utime(path, (later, later))


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    return tmp_path / "lake"


def test_a_staged_file_is_counted_as_when_it_was_staged(lake: Path):
    rows = [raw_row(0), raw_row(1), raw_row(86_400, amount_paid_usd="0.01")]
    bad = [raw_row(2, currency="ZZZ"), raw_row(3, currency="ZZZ"), raw_row(4, amount_paid="much")]
    stage(lake, "other", raw_row(5))
    staged = stage(lake, "aaaa", *rows, *bad)

    found = staged_of(lake, "aaaa", "contract")

    days = [StagedDay(DAY, 2, Decimal("19.98")), StagedDay(NEXT_DAY, 1, Decimal("0.01"))]
    assert found == StagedFile("aaaa", "contract", 6, {"bad_amount": 1, "unknown_currency": 2}, days)
    assert (found.raw_rows, found.days) == (staged.raw_rows, staged.days)
    assert list(found.rejected.items()) == list(staged.rejected.items()), "in alphabetical order"


def test_a_file_that_was_not_staged_whole_is_not_found(lake: Path):
    assert staged_of(lake, "aaaa", "contract") is None


def test_staged_rows_that_cannot_be_read_are_one_clear_error(lake: Path):
    stage(lake, "aaaa", raw_row(0), raw_row(86_400))
    path = staged_file(lake, NEXT_DAY, "aaaa")
    path.write_bytes(b"no Parquet")

    with pytest.raises(PlatformError, match="A file of the lake is damaged") as raised:
        staged_of(lake, "aaaa", "contract")

    assert raised.value.where == str(path)


def test_days_and_files_are_found_among_other_names(lake: Path):
    stage(lake, "aaaa", raw_row(86_400))
    stage(lake, "bbbb", raw_row(0, currency="ZZZ"))
    clean(lake, NEXT_DAY, "aaaa")
    (lake / "cleaned_sales" / "sale_date=2020-09-01").mkdir()
    (lake / "cleaned_sales" / "sale_date=someday").mkdir()
    (lake / "rejected_sales" / "notes.txt").touch()

    assert days_held(lake) == [date(2020, 9, 1), NEXT_DAY]
    assert staged_ids(lake) == {"aaaa", "bbbb"}


def test_a_file_that_a_day_was_cleaned_without_is_left_out(lake: Path):
    for file_id, number in (("kept", 0), ("left", 1)):
        stage(lake, file_id, raw_row(number), raw_row(86_400 + number))
    clean(lake, NEXT_DAY, "kept")

    assert left_out(lake, ["kept", "left"]) == {"left"}
    assert left_out(lake, ["kept"]) == set()


def test_a_file_whose_rows_are_all_duplicates_is_not_left_out(lake: Path):
    for file_id in ("first", "again"):
        stage(lake, file_id, raw_row(0))
    clean(lake, DAY, "first", "again")

    assert left_out(lake, ["first", "again"]) == set()


def test_a_file_that_was_staged_after_its_day_was_cleaned_is_not_left_out(lake: Path):
    for file_id, number in (("kept", 0), ("new", 1)):
        stage(lake, file_id, raw_row(number))
    clean(lake, DAY, "kept")
    new = staged_file(lake, DAY, "new")
    made_at = cleaned_file(lake, DAY).stat().st_mtime_ns
    os.utime(new, ns=(made_at, made_at))

    assert left_out(lake, ["kept", "new"]) == set()


def test_an_earlier_day_shows_what_a_later_day_does_not(lake: Path):
    stage(lake, "kept", raw_row(0), raw_row(86_400))
    stage(lake, "left", raw_row(1))
    clean(lake, DAY, "kept")
    clean(lake, NEXT_DAY, "kept")

    assert left_out(lake, ["kept", "left"]) == {"left"}


def test_a_cleaned_day_that_cannot_be_read_is_one_clear_error(lake: Path):
    stage(lake, "aaaa", raw_row(0))
    clean(lake, DAY, "aaaa")
    cleaned_file(lake, DAY).write_bytes(b"no Parquet")

    with pytest.raises(PlatformError, match="A file of the lake is damaged"):
        left_out(lake, ["aaaa"])


def test_a_later_day_shows_what_an_earlier_day_does_not(lake: Path):
    stage(lake, "kept", raw_row(86_400))
    stage(lake, "left", raw_row(0), raw_row(86_401))
    clean(lake, NEXT_DAY, "kept")

    assert left_out(lake, ["left"]) == {"left"}, "the first day is not cleaned at all"
