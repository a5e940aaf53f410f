"""A file is compared with its record. A fault is reported in words, with what to do."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bandcamp_assets.lake.damage import NOT_RECORDED, RAW_REMEDY, DamagedFileError, require
from bandcamp_assets.lake.layout import cleaned_file, duplicate_file, rejected_file, staged_file
from bandcamp_assets.lake.made import CleanedDay, StagedDay, StagedFile
from bandcamp_assets.lake.raw_reading import RawFileWhileRead
from bandcamp_assets.sources.raw_file import RawFile
from bandcamp_assets.state.catalog import Catalog, FileContent
from bandcamp_assets.state.integrity.damage import Damage, Kind
from bandcamp_assets.state.integrity.files import Expected, compare
from bandcamp_assets.state.integrity.reading import (
    CLEANED_REMEDY,
    cleaned_paths,
    describe,
    noting_damage,
    require_cleaned,
    require_raw,
    staged_paths,
)
from bandcamp_assets.system.checksums import checksum, sha256_of
from bandcamp_assets.system.home import Home

DAY, NEXT_DAY = date(2020, 9, 9), date(2020, 9, 10)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    return home


def written(path: Path, content: bytes = b"as it was written") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def expected(path: Path, *, right: bool = True, wanted: bool = True) -> Expected:
    return Expected(path, Kind.CLEANED, "rebuild it", lambda: right, day=DAY, file_id="f00d", is_wanted=wanted)


def damage(path: Path, how: str) -> Damage:
    return Damage(Kind.CLEANED, str(path), how, "rebuild it", DAY, "f00d")


def test_each_file_is_compared_and_its_fault_reported(home: Home):
    right, changed, longer, unknown_right, unknown_wrong, unwanted = (
        written(home.lake / name) for name in ("right", "changed", "longer", "unknown", "wrong", "unwanted")
    )
    known = {one.path: one for one in (describe(home, path) for path in (right, changed, longer, unwanted))}
    written(changed, b"as it wasn't then")
    os.utime(changed, ns=(1, 1))
    written(longer, b"as it was written, and more")
    folder = home.lake / "folder"
    folder.mkdir()
    paths = (right, changed, longer, home.lake / "gone", right / "below a file", home.lake / "never was")

    found = compare(
        home,
        known,
        [
            *(expected(path, right=False, wanted=path.name != "never was") for path in paths),
            expected(unknown_right),
            expected(unknown_wrong, right=False),
            expected(unwanted, wanted=False),
            expected(folder),
        ],
        deep=False,
    )

    damaged = "is damaged: it is not as it was written"
    assert found.looked_at == 10
    assert found.damage == (
        damage(changed, damaged),
        damage(longer, damaged),
        damage(home.lake / "gone", "is gone"),
        damage(right / "below a file", "is gone"),
        damage(unknown_wrong, damaged),
        damage(unwanted, "should not be there: there are no such rows"),
        damage(folder, "cannot be read (Is a directory)"),
    )
    assert found.files == (describe(home, unknown_right),)


def test_the_bytes_of_a_file_are_read_if_its_time_changed_or_in_a_deep_survey(home: Home):
    path = written(home.lake / "a")
    recorded = describe(home, path)
    moved = replace(recorded, changed_ns=recorded.changed_ns - 1)
    other_bytes = replace(recorded, crc32c="other")

    def look(known: FileContent, *, deep: bool) -> tuple[bool, bool]:
        found = compare(home, {known.path: known}, [expected(path)], deep=deep)
        return bool(found.damage), bool(found.files)

    assert look(recorded, deep=True) == (False, False)
    assert look(moved, deep=False) == (False, True)
    assert look(other_bytes, deep=False) == (False, False)
    assert look(other_bytes, deep=True) == (True, False)
    assert look(replace(other_bytes, changed_ns=1), deep=False) == (True, False)


@pytest.mark.parametrize(
    ("content", "crc32c", "what"),
    [
        (b"other", "recorded", "A file of sales is damaged: it is not as it was written"),
        (None, "recorded", "A file of sales is gone"),
        (None, NOT_RECORDED, "A file of sales is gone"),
    ],
)
def test_a_required_file_that_is_wrong_is_reported_with_what_to_do(
    tmp_path: Path, content: bytes | None, crc32c: str, what: str
):
    path = tmp_path / "a"
    if content:
        path.write_bytes(content)

    with pytest.raises(DamagedFileError) as caught:
        require(path, crc32c, name="file of sales", remedy="rebuild it")

    assert (caught.value.what, caught.value.where, caught.value.remedy) == (what, str(path), "rebuild it")


def test_a_file_that_is_right_or_has_no_record_may_be_read(tmp_path: Path):
    path = written(tmp_path / "a")

    require(path, checksum(path), name="file", remedy="")
    require(path, NOT_RECORDED, name="file", remedy="")


@pytest.mark.parametrize("recorded", [True, False])
def test_the_first_wrong_day_is_reported_even_after_days_without_sales(home: Home, recorded: bool):
    catalog = Catalog(home.catalog)
    path, right = written(cleaned_file(home.lake, NEXT_DAY)), written(cleaned_file(home.lake, DAY), b"right")
    days = [
        CleanedDay(date(2020, 9, 8), "inputs", 0, 0, ""),
        CleanedDay(DAY, "inputs", 1, 0, sha256_of(right)),
        CleanedDay(NEXT_DAY, "inputs", 1, 0, sha256_of(path)),
    ]
    if recorded:
        catalog.record_contents([describe(home, path), describe(home, right)])
    require_cleaned(home, catalog, days)
    written(path, b"as it wasn't then")

    with pytest.raises(DamagedFileError) as caught:
        require_cleaned(home, catalog, days)

    assert caught.value.what == "A cleaned file is damaged: it is not as it was written"
    assert (caught.value.path, caught.value.remedy) == (path, CLEANED_REMEDY)


def test_a_cleaned_file_is_compared_with_its_record_if_there_is_one(home: Home):
    catalog = Catalog(home.catalog)
    path = written(cleaned_file(home.lake, DAY))
    catalog.record_contents([replace(describe(home, path), crc32c="other")])

    with pytest.raises(DamagedFileError, match="A cleaned file is damaged"):
        require_cleaned(home, catalog, [CleanedDay(DAY, "inputs", 1, 0, sha256_of(path))])


def raw(home: Home) -> tuple[RawFile, Path]:
    path = written(home.landing / "f00d" / "sales.csv")
    arrived_at = datetime(2020, 10, 3, tzinfo=UTC)
    return RawFile("f00d", "sales.csv", "f00d/sales.csv", "o", False, 1, sha256_of(path), arrived_at), path


def test_a_raw_file_is_compared_with_its_record_or_else_with_its_sha256(home: Home):
    file, path = raw(home)
    as_landed = describe(home, path)

    assert require_raw(home, file, {}) == require_raw(home, file, {as_landed.path: as_landed}) == as_landed
    for wrong, known in (
        (replace(file, sha256="other"), {}),
        (file, {as_landed.path: replace(as_landed, crc32c="other")}),
    ):
        with pytest.raises(DamagedFileError) as caught:
            require_raw(home, wrong, known)
        assert caught.value.what == "The raw file sales.csv is damaged: its bytes are not those that landed"
        assert (caught.value.path, caught.value.remedy) == (path, RAW_REMEDY)
    path.unlink()
    with pytest.raises(FileNotFoundError):
        require_raw(home, file, {})


@pytest.mark.parametrize("recorded", [True, False])
def test_an_error_of_reading_a_raw_file_is_reported_only_if_the_file_is_right(home: Home, recorded: bool):
    file, path = raw(home)
    crc32c = checksum(path) if recorded else NOT_RECORDED
    right = RawFileWhileRead(path, file, crc32c)
    right.finish()
    with pytest.raises(ZeroDivisionError), right.is_to_blame():
        raise ZeroDivisionError
    written(path, b"as it wasn't then")
    wrong = RawFileWhileRead(path, file, crc32c)

    with pytest.raises(DamagedFileError, match="bytes are not those that landed"), wrong.is_to_blame():
        raise ZeroDivisionError
    with pytest.raises(DamagedFileError, match="bytes are not those that landed") as caught:
        wrong.finish()

    assert caught.value.path == path


def test_only_a_file_that_turned_out_to_be_damaged_is_suspect(home: Home):
    catalog = Catalog(home.catalog)
    paths = [written(home.lake / "a"), written(home.objects / "sales" / "a"), written(home.lake / "b")]
    known = [describe(home, path) for path in paths]
    catalog.record_contents(known)

    for path in paths[:2]:
        with pytest.raises(DamagedFileError), noting_damage(home, catalog):
            raise DamagedFileError("A file is damaged", path=path, remedy="")
    with pytest.raises(ZeroDivisionError), noting_damage(home, catalog):
        raise ZeroDivisionError

    now = catalog.file_contents()
    assert [now[one.path] == one for one in known] == [False, False, True]


def test_all_files_of_a_raw_file_and_of_a_day_are_listed(home: Home):
    file = StagedFile("f00d", "contract", 1, {}, [StagedDay(day, 1, 1) for day in (DAY, NEXT_DAY)])
    sales, duplicates = cleaned_file(home.lake, DAY), duplicate_file(home.lake, DAY)

    assert staged_paths(home, file) == [
        staged_file(home.lake, DAY, "f00d"),
        staged_file(home.lake, NEXT_DAY, "f00d"),
        rejected_file(home.lake, "f00d"),
    ]
    assert cleaned_paths(home, CleanedDay(DAY, "inputs", 1, 0, "f00d")) == [sales]
    assert cleaned_paths(home, CleanedDay(DAY, "inputs", 1, 2, "f00d")) == [sales, duplicates]
    assert cleaned_paths(home, CleanedDay(DAY, "inputs", 0, 0, "")) == []
