"""Lost and damaged files are found: by size and time, by checksum if one of these changed, or all by checksum."""

from __future__ import annotations

import os
import shutil
import sqlite3
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bandcamp_assets.state.catalog import Layer
from bandcamp_assets.state.integrity.damage import Damage, Kind, Survey
from bandcamp_assets.state.integrity.objects import survey_archive
from bandcamp_assets.state.integrity.survey import (
    is_as_written,
    keep_report,
    report_paths,
    survey_derived,
    survey_report,
)
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.state.integrity.conftest import LayeredHome

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
    """Replace the bytes by as many others."""
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 1
    path.write_bytes(body)


def test_nothing_is_wrong_with_a_home_that_nobody_touched(layered: LayeredHome):
    for deep in (False, True):
        found = layered.survey(deep=deep)

        assert not found.damage
        assert (found.files, found.objects) == ((), ()), "all records are up to date"


REMEDIES = {
    Kind.RAW: "deliver the same file again (put it into the inbox, or name it with --source), or restore it "
    "from a backup; then run again",
    Kind.MANIFEST: "run again: it is written again from the catalog",
    Kind.ARCHIVED: "run `bandcamp run`, or materialize raw_objects: it is archived again from the landed file",
    Kind.STAGED: "run `bandcamp run`, or materialize staged_sales: it is rebuilt from the raw file",
    Kind.CLEANED: "run `bandcamp run`, or materialize cleaned_sales for that day: it is rebuilt from the staged "
    "files",
    Kind.OBJECT: "run `bandcamp run`, or materialize sales_objects for that day: it is rebuilt from the lake",
}


@pytest.mark.parametrize(("pattern", "kind"), FILES.items())
def test_a_lost_emptied_or_changed_file_is_named_with_its_day_or_raw_file(
    layered: LayeredHome, pattern: str, kind: Kind
):
    path = layered.one(pattern)
    (file,) = layered.deployment.catalog.raw_files()
    of_days = kind in (Kind.CLEANED, Kind.OBJECT)
    is_object = kind in (Kind.ARCHIVED, Kind.OBJECT)
    expected = Damage(
        kind,
        str(path),
        "is not as it was written" if kind is Kind.MANIFEST else "is damaged: it is not as it was written",
        REMEDIES[kind],
        day=date.fromisoformat(path.parent.name.removeprefix("sale_date=")) if of_days else None,
        file_id="" if of_days else file.file_id,
        key=path.relative_to(layered.root / "objects").as_posix() if is_object else "",
    )
    for hurt in (change, lambda path: path.write_bytes(b"")):
        hurt(path)
        assert layered.survey().damage == (expected,)
    path.unlink()

    assert layered.survey().damage == (replace(expected, how="is gone"),)


@pytest.mark.parametrize(("pattern", "kind"), FILES.items())
def test_a_change_that_left_size_and_time_is_found_by_checksum(layered: LayeredHome, pattern: str, kind: Kind):
    path = layered.one(pattern)
    stat = path.stat()
    change(path)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    assert not layered.survey().damage
    assert [one.kind for one in layered.survey(deep=True).damage] == [kind]
    # A file found once is suspect, so the next cheap look finds it too.
    assert [one.kind for one in layered.survey().damage] == [kind]


def test_every_file_of_the_home_is_looked_at(layered: LayeredHome):
    files = [
        path
        for folder in ("landing", "lake", "objects")
        for path in (layered.root / folder).rglob("*")
        if path.is_file() and "manifest" not in path.name
    ]

    assert layered.survey().looked_at - empty_places(layered) == len(files)


def empty_places(layered: LayeredHome) -> int:
    """Paths where no file should be: duplicates of days that have none."""
    return sum(not day.duplicates for day in layered.deployment.catalog.cleaned_days().values())


def test_a_copied_home_that_lost_its_times_is_right_and_read_only_once(layered: LayeredHome, tmp_path: Path):
    copy = LayeredHome(Path(shutil.copytree(layered.root, tmp_path / "copy", copy_function=shutil.copyfile)))

    first, second = copy.survey(), copy.survey()

    assert not first.damage
    assert first.files
    assert not second.files


def test_a_file_where_none_should_be_is_named(layered: LayeredHome):
    catalog = layered.deployment.catalog
    day = next(day for day in catalog.cleaned_days().values() if not day.duplicates)
    foreign = layered.root / "lake" / "duplicate_sales" / f"sale_date={day.sale_date}" / "duplicates.parquet"
    foreign.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(layered.one("lake/duplicate_sales/*/*"), foreign)

    found = layered.survey()

    assert [one.place for one in found.damage] == [str(foreign)]
    assert found.days == {day.sale_date}


def test_a_home_of_an_earlier_version_is_right_and_gets_its_records(layered: LayeredHome):
    with sqlite3.connect(layered.root / "catalog.sqlite") as connection:
        connection.executescript("drop table file_contents; drop table object_contents;")

    first = layered.survey()

    assert not first.damage
    assert first.files
    assert first.objects
    assert not layered.survey().objects, "they are recorded by the first"
    change(layered.one("lake/staged_sales/*/*"))
    assert [one.kind for one in layered.survey().damage] == [Kind.STAGED]


@pytest.mark.parametrize("place", [4, -40], ids=["a page", "the footer"])
def test_a_file_without_a_record_is_read_whole(layered: LayeredHome, place: int):
    with sqlite3.connect(layered.root / "catalog.sqlite") as connection:
        connection.execute("delete from file_contents")
    path = layered.one("lake/staged_sales/*/*")
    body = bytearray(path.read_bytes())
    body[place : place + 20] = b"\xff" * 20
    path.write_bytes(body)

    assert layered.survey().places == {str(path)}


def derived(home: LayeredHome) -> Survey:
    deployment = home.deployment
    return survey_derived(deployment.settings.home, deployment.catalog, deployment.object_store)


def write_report(home: LayeredHome) -> list[Path]:
    """The ledger and both pages, not recorded yet."""
    paths = report_paths(home.deployment.settings.home)
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"as it was written: {path.name}")
    return paths


def test_a_cheap_look_finds_only_what_can_be_rebuilt(layered: LayeredHome):
    report = write_report(layered)
    keep_report(layered.deployment.settings.home, layered.deployment.catalog)
    before = derived(layered)
    files = [path for path in (layered.root / "lake").rglob("*") if path.is_file()]
    objects = [path for path in (layered.root / "objects" / "sales").rglob("*") if path.is_file()]
    wrong = [layered.one(pattern) for pattern, kind in FILES.items() if kind in (Kind.STAGED, Kind.CLEANED)]
    wrong += [layered.one("objects/sales/*/*"), report[1]]
    for path in (*wrong, layered.one("landing/*/sales.csv"), layered.one("objects/raw/*/*")):
        path.write_bytes(b"")

    found = derived(layered)

    assert not before.damage
    assert found.looked_at == before.looked_at == len(files) + len(objects) + 2 + empty_places(layered)
    assert found.places == set(map(str, wrong))


def test_a_cheap_look_reads_no_bytes_of_what_has_its_size_and_time(layered: LayeredHome):
    report = write_report(layered)
    keep_report(layered.deployment.settings.home, layered.deployment.catalog)
    patterns = ("lake/staged_sales/*/*", "lake/cleaned_sales/*/*", "objects/sales/*/*")
    changed = [*(layered.one(pattern) for pattern in patterns), report[1]]
    for path in changed:
        stat = path.stat()
        change(path)
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    assert not derived(layered).damage
    assert layered.survey(deep=True).places == set(map(str, changed))


def test_a_wrong_manifest_is_counted_among_what_was_looked_at(layered: LayeredHome):
    before = layered.survey().looked_at
    change(layered.one("landing/*/*.manifest.json"))

    assert layered.survey().looked_at == before + 1


def test_an_object_without_a_record_is_not_compared_with_another_file(layered: LayeredHome):
    catalog = layered.deployment.catalog
    with sqlite3.connect(layered.root / "catalog.sqlite") as connection:
        connection.execute("delete from object_contents")
    for day in catalog.cleaned_days():
        catalog.record_content(Layer.OBJECTS, {day: "made from an earlier file"})
    change(layered.one("objects/sales/*/*"))

    assert not [one for one in layered.survey().damage if one.kind is Kind.OBJECT]


def test_a_cheap_look_at_a_new_home_creates_no_catalog(tmp_path: Path):
    home = LayeredHome(tmp_path / "home")

    assert derived(home) == Survey()
    assert not home.root.exists()


def test_a_cheap_look_does_not_ask_a_remote_store(layered: LayeredHome):
    class Remote:
        is_local = False

    deployment = layered.deployment

    found = survey_derived(deployment.settings.home, deployment.catalog, Remote())  # type: ignore[arg-type]

    assert found.looked_at == derived(layered).looked_at - len(deployment.catalog.cleaned_days())


def test_a_report_that_an_earlier_version_made_is_recorded_once_as_it_is(layered: LayeredHome):
    home, catalog = layered.deployment.settings.home, layered.deployment.catalog
    ledger, page, docs = write_report(layered)
    docs.unlink()
    keep_report(home, catalog)
    page.write_text("written by somebody else")

    keep_report(home, catalog)

    assert {path for path in (ledger, page, docs) if home.place_of(path) in catalog.file_contents()} == {
        ledger,
        page,
    }
    assert [(one.kind, one.place) for one in layered.survey().damage] == [(Kind.REPORT, str(page))]


def test_a_page_is_as_written_if_it_exists_unchanged(layered: LayeredHome):
    home, catalog = layered.deployment.settings.home, layered.deployment.catalog
    _, page, docs = write_report(layered)
    keep_report(home, catalog)
    page.write_text("written by somebody else")

    assert is_as_written(home, catalog, docs)
    assert not is_as_written(home, catalog, page)
    docs.unlink()
    assert not is_as_written(home, catalog, docs)


def test_the_first_fault_is_reported_with_the_number_of_the_others():
    first = Damage(Kind.STAGED, "lake/a.parquet", "is gone", "rebuild it")
    other = Damage(Kind.RAW, "landing/b.csv", "is damaged", "deliver it again")

    with pytest.raises(PlatformError) as one:
        Survey(7, (first,)).require_nothing()
    with pytest.raises(PlatformError) as three:
        Survey(7, (first, other, other)).require_nothing()

    assert (one.value.what, one.value.where) == ("A staged file is gone", "lake/a.parquet")
    assert one.value.remedy == "rebuild it"
    assert three.value.what == "A staged file is gone (and 2 more, see `bandcamp status`)"
    assert Survey(1_234).require_nothing() == "1,234 files and objects are as they were written"


def test_a_damage_names_its_day_if_it_has_one():
    whole = Damage(Kind.CLEANED, "lake/a.parquet", "is gone", "rebuild it", day=date(2020, 9, 9))

    assert str(whole) == "the cleaned file of 2020-09-09 is gone: lake/a.parquet"
    assert str(replace(whole, day=None)) == "the cleaned file is gone: lake/a.parquet"


def test_an_object_without_a_record_is_compared_with_the_file_that_it_is_a_copy_of(layered: LayeredHome):
    with sqlite3.connect(layered.root / "catalog.sqlite") as connection:
        connection.execute("delete from object_contents")
    first, second = sorted((layered.root / "objects" / "sales").rglob("*.parquet"))
    change(first)
    change(second)
    layered.one(f"lake/cleaned_sales/{second.parent.name}/*").unlink()

    damage = [one for one in layered.survey().damage if one.kind is Kind.OBJECT]

    assert [one.place for one in damage] == [str(first)], "the second has nothing left to be compared with"


def test_a_raw_file_that_was_never_archived_is_not_looked_for(layered: LayeredHome):
    catalog, store = layered.deployment.catalog, layered.deployment.object_store
    before = survey_archive(catalog, store, deep=False)
    with sqlite3.connect(layered.root / "catalog.sqlite") as connection:
        connection.execute("delete from object_contents where key like 'raw/%'")

    assert (before.looked_at, survey_archive(catalog, store, deep=False).looked_at) == (1, 0)


def test_a_report_is_looked_at_if_it_was_made(layered: LayeredHome):
    home, catalog = layered.deployment.settings.home, layered.deployment.catalog
    ledger, page, _ = write_report(layered)
    nothing = survey_report(home, catalog)
    keep_report(home, catalog)
    page.unlink()
    stat = ledger.stat()
    change(ledger)
    os.utime(ledger, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    assert nothing == Survey()
    assert ledger == home.lake / "ledger.parquet"
    cheap, deep = survey_report(home, catalog), survey_report(home, catalog, deep=True)
    assert (cheap.looked_at, cheap.places, deep.places) == (3, {str(page)}, {str(page), str(ledger)})
    assert {one.remedy for one in deep.damage} == {
        "run `bandcamp run`, or the job rebuild_marts: it is rebuilt from the tables"
    }
