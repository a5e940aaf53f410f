"""A catalog is rebuilt from what was found on disk. Old records stay only where the disk gives nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from bandcamp_assets.lake.made import CleanedDay, StagedDay, StagedFile
from bandcamp_assets.sources.raw_file import RawFile
from bandcamp_assets.state.catalog import Catalog, Delivery, FileContent, Layer, Part
from bandcamp_assets.state.catalog.manifest_entries import (
    Entry,
    Held,
    entries,
    forget_manifests,
    generation,
    known_files,
    record_manifests,
    replace_all,
    written_manifests,
)

DAY, NEXT_DAY = date(2020, 9, 9), date(2020, 9, 10)
ARRIVED_AT = datetime(2020, 10, 3, tzinfo=UTC)


def file(file_id: str, arrival: int = 0) -> RawFile:
    return RawFile(
        file_id, f"{file_id}.csv", f"{file_id}/s", "inbox:x", False, 9, file_id * 16, ARRIVED_AT, arrival
    )


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    """A catalog of two files, one staged, and a day in every layer."""
    catalog = Catalog(tmp_path / "catalog.sqlite")
    delivered = [(Delivery("inbox", f"{one}.csv", 9, "v", one), file(one)) for one in ("aaaa", "bbbb")]
    catalog.record_deliveries(delivered, ["aaaa.csv", "bbbb.csv"])
    catalog.record_staged(StagedFile("aaaa", "v1", 1, {}, [StagedDay(DAY, 1, Decimal(1))]))
    catalog.record_cleaned([CleanedDay(DAY, "inputs", 5, 1, "f00d")])
    catalog.record_content(Layer.FACT, {DAY: "f00d"})
    catalog.record_built(Part.MARTS, "fingerprint")
    return catalog


def test_an_entry_has_the_names_that_stand_for_a_file_and_what_it_is_staged_under(catalog: Catalog):
    undelivered = catalog.add_raw_file(file("cccc"))
    first, second, _ = catalog.raw_files()
    names = catalog.deliveries("inbox")

    assert entries(catalog, ["cccc"]) == [Entry(undelivered)]
    assert entries(catalog, ["bbbb", "aaaa"]) == [
        Entry(first, (names["aaaa.csv"],), "v1"),
        Entry(second, (names["bbbb.csv"],), ""),
    ]
    assert entries(catalog, ["bbbb"]) == [Entry(second, (names["bbbb.csv"],))]
    assert entries(catalog, []) == []
    assert known_files(catalog) == {"aaaa", "bbbb", "cccc"}


def test_manifests_are_known_as_written_until_something_changes_or_they_are_forgotten(catalog: Catalog):
    assert generation(catalog) == 0
    record_manifests(catalog, {"aaaa": "text of a", "bbbb": "text of b"}, 4)
    written = written_manifests(catalog)
    forget_manifests(catalog, ["bbbb"])
    forgotten = written_manifests(catalog)
    record_manifests(catalog, {}, 5)

    assert sorted(written) == [("aaaa", "aaaa/s", "text of a"), ("bbbb", "bbbb/s", "text of b")]
    assert sorted(forgotten) == [("aaaa", "aaaa/s", "text of a"), ("bbbb", "bbbb/s", "")]
    assert generation(catalog) == 5


def test_what_was_found_replaces_all_earlier_records(catalog: Catalog):
    catalog.record_contents([FileContent("lake/a", 1, 2, "crc")])
    withdrawn = replace(file("cccc", 7), withdrawn_at=ARRIVED_AT.replace(year=2021))
    delivery = Delivery("inbox", "c.csv", 3, "v", "cccc", "refused", "dddd", (("bbbb", True),))
    staged = StagedFile("cccc", "v2", 3, {"bad_amount": 1}, [StagedDay(NEXT_DAY, 2, Decimal("1.10"))])

    replace_all(catalog, Held([Entry(withdrawn, (delivery,))], [staged], [DAY, NEXT_DAY], 9))

    assert catalog.raw_files() == [withdrawn]
    assert catalog.deliveries("inbox")["c.csv"] == delivery
    assert catalog.staged_files() == [staged]
    assert catalog.staged_inputs() == {NEXT_DAY: ["cccc"]}
    assert catalog.cleaned_days() == {
        DAY: CleanedDay(DAY, "", 5, 1, "f00d"),
        NEXT_DAY: CleanedDay(NEXT_DAY, "", 0, 0, ""),
    }
    assert catalog.content(Layer.FACT) == {}
    assert catalog.built_from(Part.MARTS) == ""
    assert generation(catalog) == 9
    assert set(catalog.file_contents()) == {"lake/a"}


def test_the_order_of_arrival_continues_after_what_was_found(catalog: Catalog):
    replace_all(catalog, Held([Entry(file("cccc", 7))]))

    assert catalog.add_raw_file(file("dddd")).arrival == 8


def test_a_correction_that_an_earlier_version_left_unstaged_is_forgotten_too(catalog: Catalog):
    with catalog.transaction() as connection:
        connection.execute("insert into corrections values ('aaaa', 'bbbb')")
    replace_all(catalog, Held([Entry(file("aaaa", 1)), Entry(file("bbbb", 2))]))

    for one in ("aaaa", "bbbb"):
        catalog.record_staged(StagedFile(one, "v1", 1, {}, [StagedDay(DAY, 1, Decimal(1))]))

    assert catalog.staged_inputs() == {DAY: ["aaaa", "bbbb"]}
