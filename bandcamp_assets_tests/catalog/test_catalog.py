"""The catalog's records come back as they went in, and a killed process leaves none half-made."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from bandcamp_assets.catalog import (
    Catalog,
    CleanedDay,
    Layer,
    ObjectContent,
    Part,
    RawFile,
    StagedDay,
    StagedFile,
)
from bandcamp_assets.errors import PlatformError

DAY = date(2020, 9, 9)

FILE = RawFile(
    file_id="aaaa",
    name="sales.csv",
    stored_as="aaaa/sales.csv",
    origin="path:sales.csv",
    made_up=False,
    size=12,
    sha256="aaaa" * 16,
    arrived_at=datetime(2020, 10, 3, tzinfo=UTC),
)


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(tmp_path / "catalog.sqlite")


def test_raw_files_keep_the_order_of_their_arrival(catalog: Catalog):
    catalog.add_raw_file(replace(FILE, file_id="bbbb"))
    catalog.add_raw_file(FILE)

    again = catalog.add_raw_file(FILE)

    assert [file.file_id for file in catalog.raw_files()] == ["bbbb", "aaaa"]
    assert again == replace(FILE, arrival=2)


def test_staging_a_file_again_replaces_its_days(catalog: Catalog):
    catalog.add_raw_file(FILE)
    first = StagedFile("aaaa", "v1", 3, {"bad_amount": 1}, [StagedDay(DAY, 2, Decimal("1.10"))], 0.5)
    second = replace(first, days=[StagedDay(date(2020, 9, 10), 2, Decimal("1.10"))])

    catalog.record_staged(first)
    catalog.record_staged(second)

    assert catalog.staged_files() == [second]
    assert catalog.staged_inputs() == {date(2020, 9, 10): ["aaaa"]}


def test_files_and_the_inputs_of_a_day_come_in_the_order_of_arrival_and_not_of_their_ids(catalog: Catalog):
    arrived = ["cccc", "aaaa", "bbbb"]
    for file_id in arrived:
        catalog.add_raw_file(replace(FILE, file_id=file_id))
    for file_id in ("bbbb", "aaaa", "cccc"):
        catalog.record_staged(StagedFile(file_id, "v1", 1, {}, [StagedDay(DAY, 1, Decimal(1))], 0.5))

    assert [file.file_id for file in catalog.current_files()] == arrived
    assert [file.file_id for file in catalog.staged_files()] == arrived
    assert catalog.staged_inputs() == {DAY: arrived}


def test_what_is_known_of_one_place_says_nothing_of_another_and_is_forgotten_there_alone(catalog: Catalog):
    next_day = date(2020, 9, 10)
    places = [catalog, Catalog(catalog.path, "gs://one"), Catalog(catalog.path, "gs://two")]
    for number, place in enumerate(places):
        place.record_content(
            Layer.OBJECTS,
            {DAY: f"sha-{number}", next_day: "other"},
            [ObjectContent(f"sales/{DAY}", 1, number, f"crc-{number}")],
        )
        place.record_built(Part.MARTS, f"built-{number}")

    places[1].forget_content(Layer.OBJECTS, [DAY], [f"sales/{DAY}"])

    assert [place.content(Layer.OBJECTS) for place in places] == [
        {DAY: "sha-0", next_day: "other"},
        {next_day: "other"},
        {DAY: "sha-2", next_day: "other"},
    ]
    assert [[held.crc32c for held in place.object_contents().values()] for place in places] == [
        ["crc-0"],
        [],
        ["crc-2"],
    ]
    assert [place.built_from(Part.MARTS) for place in places] == ["built-0", "built-1", "built-2"]


def test_a_layer_is_forgotten_without_the_others(catalog: Catalog):
    for layer in Layer:
        catalog.record_content(layer, {DAY: "f00d"})

    catalog.forget_content(Layer.WAREHOUSE, [DAY])

    kept = {layer: catalog.content(layer) for layer in Layer}
    assert kept == {layer: {} if layer is Layer.WAREHOUSE else {DAY: "f00d"} for layer in Layer}


def test_days_and_contents_come_back_by_layer(catalog: Catalog):
    cleaned = CleanedDay(DAY, "inputs", 5, 1, "f00d")

    catalog.record_cleaned([cleaned])
    catalog.record_content(Layer.OBJECTS, {DAY: "f00d"})
    catalog.record_built(Part.MARTS, "fingerprint")

    assert catalog.cleaned_days() == {DAY: cleaned}
    assert catalog.content(Layer.OBJECTS) == {DAY: "f00d"}
    assert catalog.content(Layer.FACT) == {}
    assert catalog.built_from(Part.MARTS) == "fingerprint"
    assert catalog.built_from(Part.REFERENCE) == ""


def test_a_file_that_is_no_catalog_is_one_clear_error(tmp_path: Path):
    (tmp_path / "catalog.sqlite").write_text("this is no database, but it is long enough to be taken for one" * 20)

    with pytest.raises(PlatformError, match=r"catalog cannot be used"):
        Catalog(tmp_path / "catalog.sqlite").raw_files()


def test_a_killed_writer_leaves_whole_records_only(tmp_path: Path):
    code = f"""
import itertools, datetime, decimal, pathlib
from bandcamp_assets.catalog import Catalog, RawFile, StagedDay, StagedFile
catalog = Catalog(pathlib.Path({str(tmp_path)!r}) / "catalog.sqlite")
day = datetime.date(2020, 9, 9)
for n in itertools.count():
    id = f"{{n:016x}}"
    catalog.add_raw_file(RawFile(id, "n", "s", "o", False, 1, id, datetime.datetime.now(datetime.UTC)))
    days = [StagedDay(day + datetime.timedelta(d), 1, decimal.Decimal(1)) for d in range(50)]
    catalog.record_staged(StagedFile(id, "v1", 50, {{}}, days))
    print(n, flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout
        for _ in range(20):
            process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)

    staged = Catalog(tmp_path / "catalog.sqlite").staged_files()

    assert len(staged) >= 20
    assert {len(file.days) for file in staged} == {50}
