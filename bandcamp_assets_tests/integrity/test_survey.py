"""Lost and damaged files are found: by size and time, by checksum where these moved, and all by checksum."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from bandcamp_assets.integrity.damage import Kind
from bandcamp_assets_tests.integrity.conftest import LayeredHome

FILES = {
    "landing/*/sales.csv": Kind.RAW,
    "landing/*/*.manifest.json": Kind.MANIFEST,
    "objects/raw/*/*": Kind.ARCHIVED,
    "lake/staged_sales/*/*": Kind.STAGED,
    "lake/rejected_sales/*": Kind.STAGED,
    "lake/cleaned_sales/*/*": Kind.CLEANED,
    "lake/duplicate_sales/*/*": Kind.CLEANED,
    "objects/sales/*/*": Kind.OBJECT,
}


def change(path: Path) -> None:
    """Other bytes, as many as before."""
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 1
    path.write_bytes(body)


def test_nothing_is_wrong_with_a_home_that_nobody_touched(layered: LayeredHome):
    for deep in (False, True):
        found = layered.survey(deep=deep)

        assert not found.damage
        assert not found.files, "all is recorded as it is"


@pytest.mark.parametrize(("pattern", "kind"), FILES.items())
def test_a_file_that_is_gone_emptied_or_changed_is_named(layered: LayeredHome, pattern: str, kind: Kind):
    path = layered.one(pattern)
    for hurt in (change, lambda path: path.write_bytes(b""), Path.unlink):
        hurt(path)

        damage = layered.survey().damage

        assert [(one.kind, one.place) for one in damage] == [(kind, str(path))]
        assert damage[0].remedy


@pytest.mark.parametrize(("pattern", "kind"), FILES.items())
def test_a_change_that_left_size_and_time_is_found_by_checksum(layered: LayeredHome, pattern: str, kind: Kind):
    path = layered.one(pattern)
    stat = path.stat()
    change(path)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    assert not layered.survey().damage
    assert [one.kind for one in layered.survey(deep=True).damage] == [kind]
    # What was found once is suspect: the next look, cheap as it is, finds it too.
    assert [one.kind for one in layered.survey().damage] == [kind]


def test_files_that_the_walk_finds_are_all_looked_at(layered: LayeredHome):
    files = [
        path
        for folder in ("landing", "lake", "objects")
        for path in (layered.root / folder).rglob("*")
        if path.is_file() and "manifest" not in path.name
    ]

    assert layered.survey().looked_at - empty_places(layered) == len(files)


def empty_places(layered: LayeredHome) -> int:
    """Places where no file is to lie: duplicates of days that have none."""
    return sum(not day.duplicates for day in layered.platform.catalog.cleaned_days().values())


def test_a_copy_whose_times_are_lost_is_whole_and_read_only_once(layered: LayeredHome, tmp_path: Path):
    copy = LayeredHome(Path(shutil.copytree(layered.root, tmp_path / "copy", copy_function=shutil.copyfile)))

    first, second = copy.survey(), copy.survey()

    assert not first.damage
    assert first.files
    assert not second.files


def test_a_file_where_none_should_be_is_named(layered: LayeredHome):
    catalog = layered.platform.catalog
    day = next(day for day in catalog.cleaned_days().values() if not day.duplicates)
    foreign = layered.root / "lake" / "duplicate_sales" / f"sale_date={day.sale_date}" / "duplicates.parquet"
    foreign.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(layered.one("lake/duplicate_sales/*/*"), foreign)

    found = layered.survey()

    assert [one.place for one in found.damage] == [str(foreign)]
    assert found.days == {day.sale_date}


def test_a_home_of_an_earlier_version_is_whole_and_recorded(layered: LayeredHome):
    with sqlite3.connect(layered.root / "catalog.sqlite") as connection:
        connection.executescript("drop table file_contents; drop table object_contents;")

    first = layered.survey()

    assert not first.damage
    assert first.files
    assert first.objects
    change(layered.one("lake/staged_sales/*/*"))
    assert [one.kind for one in layered.survey().damage] == [Kind.STAGED]
