"""The catalog's records come back as they went in. A killed process leaves none half-written."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from bandcamp_assets.lake.made import CleanedDay, StagedDay, StagedFile
from bandcamp_assets.sources.raw_file import RawFile
from bandcamp_assets.state.catalog import Catalog, Delivery, FileContent, Layer, ObjectContent, Part, raw_files
from bandcamp_assets.state.catalog.contents import SUSPECT
from bandcamp_assets.state.catalog.manifest_entries import written_manifests
from bandcamp_assets.system.errors import PlatformError

DAY = date(2020, 9, 9)

FILE = RawFile(
    file_id="aaaa",
    name="sales.csv",
    stored_as="aaaa/sales.csv",
    origin="path:sales.csv",
    synthetic=False,
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


def test_files_that_arrive_together_are_recorded_in_their_order(catalog: Catalog):
    files = [replace(FILE, file_id=file_id) for file_id in ("bbbb", "aaaa")]

    catalog.add_raw_files(files)

    assert catalog.raw_files() == [replace(file, arrival=place) for place, file in enumerate(files, start=1)]


def test_a_file_that_is_judged_again_is_staged_by_its_new_time_and_counts_until_then(catalog: Catalog):
    for file_id in ("aaaa", "bbbb"):
        catalog.add_raw_file(replace(FILE, file_id=file_id))
        catalog.record_staged(StagedFile(file_id, "v1", 1, {}, [StagedDay(DAY, 1, Decimal(1))]))
    later = FILE.arrived_at.replace(year=2021)

    catalog.judge_again("aaaa", later)

    assert [(file.file_id, file.arrived_at) for file in catalog.raw_files()] == [
        ("aaaa", later),
        ("bbbb", FILE.arrived_at),
    ]
    assert [(file.file_id, file.contract) for file in catalog.staged_files()] == [("aaaa", ""), ("bbbb", "v1")]
    assert catalog.staged_inputs() == {DAY: ["aaaa", "bbbb"]}


def test_staging_a_file_again_replaces_its_days(catalog: Catalog):
    catalog.add_raw_file(FILE)
    first = StagedFile("aaaa", "v1", 3, {"bad_amount": 1}, [StagedDay(DAY, 2, Decimal("1.10"))], 0.5)
    second = replace(first, days=[StagedDay(date(2020, 9, 10), 2, Decimal("1.10"))])

    catalog.record_staged(first)
    catalog.record_staged(second)

    assert catalog.staged_files() == [second]
    assert catalog.staged_inputs() == {date(2020, 9, 10): ["aaaa"]}


def test_files_and_inputs_of_a_day_are_in_the_order_of_arrival_not_of_their_ids(catalog: Catalog):
    arrived = ["cccc", "aaaa", "bbbb"]
    for file_id in arrived:
        catalog.add_raw_file(replace(FILE, file_id=file_id))
    for file_id in ("bbbb", "aaaa", "cccc"):
        catalog.record_staged(StagedFile(file_id, "v1", 1, {}, [StagedDay(DAY, 1, Decimal(1))], 0.5))

    assert [file.file_id for file in catalog.current_files()] == arrived
    assert [file.file_id for file in catalog.staged_files()] == arrived
    assert catalog.staged_inputs() == {DAY: arrived}


def test_records_of_one_place_are_independent_of_those_of_another(catalog: Catalog):
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


def test_forgetting_a_layer_leaves_the_others(catalog: Catalog):
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


def test_a_suspect_file_or_object_keeps_only_its_checksum_and_only_at_its_place(catalog: Catalog):
    files = [FileContent(f"lake/{name}", 1, 2, f"crc-{name}") for name in "ab"]
    objects = [ObjectContent(f"sales/{name}", 1, 2, f"crc-{name}") for name in "ab"]
    elsewhere = Catalog(catalog.path, "gs://one")
    catalog.record_contents(files, objects)
    elsewhere.record_contents((), objects)

    catalog.suspect(["lake/a", "lake/unknown"], ["sales/a", "sales/unknown"])

    assert catalog.file_contents() == {"lake/a": replace(files[0], changed_ns=SUSPECT), "lake/b": files[1]}
    assert catalog.object_contents() == {"sales/a": replace(objects[0], generation=SUSPECT), "sales/b": objects[1]}
    assert elsewhere.object_contents() == {held.key: held for held in objects}


def test_an_object_is_forgotten_only_at_its_place_and_others_stay(catalog: Catalog):
    objects = [ObjectContent(f"sales/{name}", 1, 2, f"crc-{name}") for name in "ab"]
    catalog.record_contents((), objects)

    catalog.forget_content(Layer.OBJECTS, [], ["sales/a"])

    assert catalog.object_contents() == {"sales/b": objects[1]}


def test_a_file_that_is_not_a_catalog_is_one_clear_error(tmp_path: Path):
    path = tmp_path / "catalog.sqlite"
    path.write_text("this is not a database, but it is long enough to be taken for one" * 20)

    with pytest.raises(PlatformError, match=r"catalog cannot be used: file is not a database") as caught:
        Catalog(path).raw_files()

    assert caught.value.where == str(path)
    assert caught.value.remedy.startswith("run `bandcamp run`: it sets the file aside and rebuilds the catalog")


def test_a_catalog_that_another_program_holds_is_one_clear_error(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
):
    catalog.raw_files()
    connect = sqlite3.connect
    with contextlib.closing(connect(catalog.path, isolation_level=None)) as other:
        other.execute("begin exclusive")
        monkeypatch.setattr(sqlite3, "connect", lambda path, **options: connect(path, **options | {"timeout": 0}))

        with pytest.raises(PlatformError, match="database is locked") as caught:
            catalog.raw_files()

    assert caught.value.remedy == "close the program that has the file open, and run again"


def test_deliveries_come_back_by_inbox_and_a_new_name_replaces_no_earlier_file(catalog: Catalog):
    first, other = Delivery("inbox", "a.csv", 9, "v1"), Delivery("other", "a.csv", 8, "v2")
    refused = Delivery("inbox", "b.csv", 7, "v3", refused="no CSV")

    catalog.record_deliveries([(first, FILE), (other, replace(FILE, file_id="bbbb")), (refused, None)], ["a.csv"])

    assert catalog.deliveries("inbox") == {"a.csv": replace(first, file_id="aaaa"), "b.csv": refused}
    assert catalog.deliveries("other") == {"a.csv": replace(other, file_id="bbbb")}
    assert catalog.deliveries("nowhere") == {}
    assert catalog.refused_corrections() == []


def test_a_refused_delivery_leaves_its_name_the_earlier_file(catalog: Catalog):
    delivery = Delivery("inbox", "a.csv", 9, "v1")
    later = replace(delivery, size=8, version="v2")
    catalog.record_deliveries([(delivery, FILE)], ["a.csv"])
    catalog.record_deliveries([(later, replace(FILE, file_id="bbbb"))], ["a.csv"])

    catalog.record_deliveries([(replace(later, version="v3", refused="no CSV"), None)], ["a.csv"])

    assert catalog.deliveries("inbox") == {
        "a.csv": Delivery("inbox", "a.csv", 8, "v3", "bbbb", "no CSV", before=(("aaaa", True),))
    }


def test_a_correction_is_refused_with_all_its_reasons_but_counts_if_an_earlier_version_landed_it(
    catalog: Catalog,
):
    bad = replace(FILE, file_id="bbbb")
    catalog.add_raw_file(bad)  # by its path; earlier versions kept no delivery for that
    delivery = Delivery("inbox", "a.csv", 9, "v1")
    catalog.record_deliveries([(delivery, replace(FILE, origin="inbox:a.csv"))], ["a.csv"])
    catalog.record_staged(StagedFile("aaaa", "v1", 1, {}, [StagedDay(DAY, 1, Decimal(1))]))
    catalog.record_staged(StagedFile("bbbb", "v1", 3, {"missing_id": 1, "bad_amount": 2, "bad_number": 0}))

    catalog.record_deliveries([(delivery, bad)], ["a.csv"])

    (refused,) = catalog.refused_corrections()
    assert "None of the 3 rows of this correction is a valid sale (bad_amount 2, missing_id 1);" in refused.refused
    assert [file.file_id for file in catalog.current_files()] == ["bbbb", "aaaa"]


def test_layers_and_parts_of_the_home_keep_the_names_of_earlier_versions(catalog: Catalog):
    catalog.record_built(Part.MARTS, "fingerprint")
    catalog.record_content(Layer.FACT, {DAY: "f00d"})

    with catalog.transaction() as connection:
        assert connection.execute("select part from built").fetchall() == [("marts",)]
        assert connection.execute("select layer from layer_days").fetchall() == [("fct_sales",)]


def test_a_file_named_by_its_path_counts_again_and_corrects_nothing(catalog: Catalog):
    catalog.add_raw_file(FILE)
    with catalog.transaction() as connection:
        raw_files.withdraw(connection, "aaaa")
    again = replace(FILE, arrived_at=FILE.arrived_at.replace(year=2021))
    source = Delivery("source", "/a/sales.csv", 12, "v1")

    recorded = catalog.record_source(source, again)
    catalog.record_source(replace(source, version="v2"), replace(FILE, file_id="bbbb"))

    assert recorded == catalog.raw_file("aaaa") == replace(again, arrival=1)
    assert [file.file_id for file in catalog.current_files()] == ["aaaa", "bbbb"]
    assert catalog.deliveries("source") == {"/a/sales.csv": replace(source, version="v2", file_id="bbbb")}
    assert catalog.raw_file("cccc") is None


def test_a_file_that_was_only_found_gets_name_and_origin_from_its_next_delivery(catalog: Catalog):
    found = replace(FILE, name="aaaa", stored_as="aaaa/found", origin="found:aaaa", size=0, sha256="")
    catalog.add_raw_file(found)
    catalog.add_raw_file(replace(found, name="still unknown"))
    before = catalog.raw_file("aaaa")

    catalog.add_raw_file(FILE)
    catalog.add_raw_file(replace(FILE, name="other.csv", origin="inbox:x"))

    assert before == replace(found, arrival=1)
    assert catalog.raw_file("aaaa") == replace(FILE, arrival=1)


def test_days_are_in_order_whatever_was_recorded_first(catalog: Catalog):
    days = [date(2020, 9, day) for day in (11, 9, 10)]
    catalog.add_raw_file(FILE)
    catalog.record_staged(StagedFile("aaaa", "v1", 3, {}, [StagedDay(day, 1, Decimal(1)) for day in days]))
    catalog.record_cleaned([CleanedDay(day, "inputs", 1, 0, "f00d") for day in days])

    assert list(catalog.staged_inputs()) == list(catalog.cleaned_days()) == sorted(days)
    assert [day.sale_date for day in catalog.staged_files()[0].days] == sorted(days)


def test_a_day_is_cleaned_again_only_if_restaging_a_file_changes_its_rows(catalog: Catalog):
    days = [date(2020, 9, day) for day in (9, 10, 11, 12)]
    catalog.add_raw_file(FILE)
    staged = StagedFile("aaaa", "v1", 3, {}, [StagedDay(day, 1, Decimal("1.00")) for day in days])
    catalog.record_staged(staged)
    catalog.record_cleaned([CleanedDay(day, "inputs", 1, 0, "f00d") for day in days])

    changed = [StagedDay(days[0], 1, Decimal("1.00")), StagedDay(days[1], 2, Decimal("1.00"))]
    catalog.record_staged(replace(staged, days=[*changed, StagedDay(days[2], 1, Decimal("1.01"))]))

    assert [day.inputs for day in catalog.cleaned_days().values()] == ["inputs", "", "", ""]


def test_what_the_catalog_cannot_hold_is_one_clear_error(catalog: Catalog):
    with pytest.raises(PlatformError, match="The catalog cannot be used: Error binding parameter") as caught:
        catalog.record_built(Part.MARTS, object())  # type: ignore[arg-type]

    assert caught.value.remedy.startswith("see that the disk has room")


def test_a_catalog_that_cannot_be_opened_is_one_clear_error(tmp_path: Path):
    with pytest.raises(PlatformError, match="unable to open database file") as caught:
        Catalog(tmp_path / "no folder" / "catalog.sqlite").raw_files()

    assert caught.value.remedy == "see that the disk has room and the home can be written, and run again"


def test_a_killed_writer_leaves_whole_records_only(tmp_path: Path):
    code = f"""
import itertools, datetime, decimal, pathlib
from bandcamp_assets.lake.made import StagedDay, StagedFile
from bandcamp_assets.sources.raw_file import RawFile
from bandcamp_assets.state.catalog import Catalog
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


def test_a_column_that_another_process_added_meanwhile_is_accepted_but_no_other_error_is(catalog: Catalog):
    with catalog.transaction() as connection:
        raw_files._add_column(connection, "deliveries", "before", "text")

        with pytest.raises(sqlite3.OperationalError, match="no such table"):
            raw_files._add_column(connection, "unknown", "before", "text")


def test_a_catalog_of_an_earlier_version_is_upgraded(catalog: Catalog):
    catalog.record_deliveries([(Delivery("inbox", "a.csv", 9, "v1"), replace(FILE, synthetic=True))], ["a.csv"])
    lacking = {"raw_files": ("withdrawn_at", "manifest"), "deliveries": ("refused_file_id", "before")}
    with contextlib.closing(sqlite3.connect(catalog.path)) as connection:
        for (name,) in connection.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            connection.execute(f"drop trigger {name}")
        connection.execute("drop index deliveries_to_judge")
        for table, columns in lacking.items():
            for column in columns:
                connection.execute(f"alter table {table} drop column {column}")

    assert catalog.raw_files() == [replace(FILE, synthetic=True, arrival=1)]
    assert catalog.deliveries("inbox") == {"a.csv": Delivery("inbox", "a.csv", 9, "v1", "aaaa")}
    assert written_manifests(catalog) == [("aaaa", "aaaa/sales.csv", "")]


def test_a_staged_file_without_a_sale_has_no_days(catalog: Catalog):
    catalog.add_raw_file(FILE)
    catalog.record_staged(StagedFile("aaaa", "v1", 1, {"bad_amount": 1}))

    assert catalog.staged_files() == [StagedFile("aaaa", "v1", 1, {"bad_amount": 1}, [])]


def test_a_correction_that_an_earlier_version_left_unstaged_is_applied(catalog: Catalog):
    catalog.add_raw_file(FILE)
    catalog.record_staged(StagedFile("aaaa", "v1", 1, {}, [StagedDay(DAY, 1, Decimal(1))]))
    catalog.record_deliveries([(Delivery("inbox", "a.csv", 9, "v1"), replace(FILE, file_id="bbbb"))], ["a.csv"])
    with catalog.transaction() as connection:
        connection.execute("insert into corrections values ('aaaa', 'bbbb')")

    catalog.record_staged(StagedFile("bbbb", "v1", 1, {}, [StagedDay(DAY, 1, Decimal(1))]))

    assert catalog.staged_inputs() == {DAY: ["bbbb"]}
    assert [file.file_id for file in catalog.current_files()] == ["bbbb"]
    with catalog.transaction() as connection:
        assert connection.execute("select * from corrections").fetchall() == []
