"""A day is replaced as a whole and alone. Writers wait for each other. A foreign lock is one clear error."""

from __future__ import annotations

import io
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from bandcamp_assets.contract.sale import Sale
from bandcamp_assets.lake.cleaning import clean_day, scan_staged, write_day
from bandcamp_assets.lake.layout import staged_file
from bandcamp_assets.lake.staging import stage_file
from bandcamp_assets.storage.objects import StoredObject, checksum
from bandcamp_assets.storage.warehouse import DayFigures, DuckDBWarehouse
from bandcamp_assets.storage.warehouse import duckdb as duckdb_module
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.raw_files import csv_bytes, raw_row

DAY, NEXT_DAY = date(2020, 9, 9), date(2020, 9, 10)


def parquet(folder: Path, day: date, *rows: dict[str, str]) -> Path:
    scratch = folder / f"scratch{len(list(folder.iterdir()))}"
    scratch.mkdir(parents=True)
    lake = folder / scratch.name / "lake"
    stage_file(
        io.BytesIO(csv_bytes(rows)),
        file_id="f00d",
        arrived_at=datetime(2020, 10, 3, tzinfo=UTC),
        lake=lake,
        scratch=scratch,
        where="sales.csv",
    )
    path = write_day(clean_day(scan_staged([staged_file(lake, day, "f00d")])), day, lake=lake, scratch=scratch)
    assert path
    return path


def stored(path: Path) -> StoredObject:
    return StoredObject(path.as_uri(), path.stat().st_size, checksum(path), 1)


def test_the_table_has_the_contracts_columns_and_types(tmp_path: Path):
    warehouse = DuckDBWarehouse(tmp_path / "warehouse.duckdb")
    warehouse.replace_days({DAY: stored(parquet(tmp_path, DAY, raw_row(1)))})

    described = warehouse.query(
        "select column_name, data_type, is_nullable from information_schema.columns where table_name = 'sales'"
    )

    assert described["column_name"].to_list() == Sale.column_names()
    types = dict(described.select("column_name", "data_type").rows())
    assert types["amount_paid_usd"] == "DECIMAL(18,2)"
    assert types["sold_at"] == "TIMESTAMP WITH TIME ZONE"
    nullable = {name for name, _, null in described.rows() if null == "YES"}
    assert nullable == {name for name, column in Sale.columns().items() if column.nullable}


def test_delivered_and_estimated_amounts_of_the_fact_are_counted_apart(tmp_path: Path):
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute("create schema bandcamp")
        connection.execute(
            "create table bandcamp.fct_sales as select date '2020-09-09' as sale_date,"
            " unnest([1.10, 2.20, 0.03])::decimal(18, 2) as amount_paid_usd,"
            " unnest([false, false, true]) as amount_paid_usd_is_estimated"
        )

    (figures,) = DuckDBWarehouse(path).figures("fct_sales").values()

    assert (figures.rows, figures.estimated_rows) == (3, 1)
    assert (figures.amount_paid_usd, figures.estimated_usd) == (Decimal("3.30"), Decimal("0.03"))
    assert figures.total_usd == Decimal("3.33")


def test_replacing_a_day_leaves_the_others_and_never_duplicates(tmp_path: Path):
    warehouse = DuckDBWarehouse(tmp_path / "warehouse.duckdb")
    warehouse.replace_days(
        {
            DAY: stored(parquet(tmp_path, DAY, raw_row(1), raw_row(2))),
            NEXT_DAY: stored(parquet(tmp_path, NEXT_DAY, raw_row(86_400))),
        }
    )

    held = warehouse.replace_days({DAY: stored(parquet(tmp_path, DAY, raw_row(3)))}).figures

    assert held == {DAY: DayFigures(1, Decimal("9.99"))}
    assert warehouse.figures("sales") == held | {NEXT_DAY: DayFigures(1, Decimal("9.99"))}


def test_a_day_without_sales_ends_empty(tmp_path: Path):
    warehouse = DuckDBWarehouse(tmp_path / "warehouse.duckdb")
    warehouse.replace_days({DAY: stored(parquet(tmp_path, DAY, raw_row(1)))})

    assert warehouse.replace_days({DAY: None}).figures == {}
    assert warehouse.figures("sales") == {}


@pytest.mark.parametrize("number_of_days", [1, 2, 3, 7])
def test_every_day_is_loaded_with_any_number_of_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number_of_days: int
):
    monkeypatch.setattr(duckdb_module, "BATCH_DAYS", 2)
    days = [DAY + timedelta(number) for number in range(number_of_days)]
    objects = {
        day: stored(parquet(tmp_path, day, *[raw_row(86_400 * number + row) for row in range(number + 1)]))
        for number, day in enumerate(days)
    }
    warehouse = DuckDBWarehouse(tmp_path / "warehouse.duckdb")

    warehouse.replace_days(objects, {day: f"content of {day}" for day in days})

    held = warehouse.figures("sales")
    assert {day: figures.rows for day, figures in held.items()} == {
        day: number for number, day in enumerate(days, start=1)
    }
    marks = warehouse.marks()
    assert marks
    assert marks.content["sales"] == {day: f"content of {day}" for day in days}


def test_a_load_that_fails_leaves_the_old_day(tmp_path: Path):
    warehouse = DuckDBWarehouse(tmp_path / "warehouse.duckdb")
    warehouse.replace_days({DAY: stored(parquet(tmp_path, DAY, raw_row(1)))})
    torn = tmp_path / "torn.parquet"
    torn.write_bytes(parquet(tmp_path, DAY, raw_row(2)).read_bytes()[:-20])

    with pytest.raises(duckdb.Error, match=r"torn\.parquet"):
        warehouse.replace_days({DAY: stored(torn)})

    assert warehouse.figures("sales") == {DAY: DayFigures(1, Decimal("9.99"))}


def test_a_missing_warehouse_counts_as_empty(tmp_path: Path):
    warehouse = DuckDBWarehouse(tmp_path / "warehouse.duckdb")

    assert warehouse.figures("sales") == {}
    assert not (tmp_path / "warehouse.duckdb").exists()


def test_a_file_that_a_kill_left_half_written_is_created_again(tmp_path: Path):
    warehouse, half_made = DuckDBWarehouse(tmp_path / "warehouse.duckdb"), tmp_path / "warehouse.new"
    half_made.write_bytes(b"\0" * 4096)

    warehouse.replace_days({DAY: None})

    assert warehouse.figures("sales") == {}
    assert not half_made.exists()


def test_a_file_that_cannot_be_created_is_one_clear_error_and_leaves_none(tmp_path: Path):
    warehouse = DuckDBWarehouse(tmp_path / "warehouse.duckdb")
    (tmp_path / "warehouse.new").mkdir()

    with pytest.raises(PlatformError, match=r"warehouse\.new"):
        warehouse.replace_days({DAY: None})

    assert not warehouse.path.exists()


def test_threads_and_processes_wait_for_each_other(tmp_path: Path):
    path = tmp_path / "warehouse.duckdb"
    first, second = (
        stored(parquet(tmp_path, DAY, raw_row(1))),
        stored(parquet(tmp_path, NEXT_DAY, raw_row(86_400))),
    )
    code = f"""
import datetime, pathlib
from bandcamp_assets.storage.objects import StoredObject
from bandcamp_assets.storage.warehouse import DuckDBWarehouse
for _ in range(10):
    DuckDBWarehouse(pathlib.Path({str(path)!r})).replace_days({{datetime.date(2020, 9, 10): {second!r}}})
"""
    other = subprocess.Popen([sys.executable, "-c", code])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: DuckDBWarehouse(path).replace_days({DAY: first}), range(20)))

    assert other.wait() == 0
    assert {day: held.rows for day, held in DuckDBWarehouse(path).figures("sales").items()} == {
        DAY: 1,
        NEXT_DAY: 1,
    }


def test_a_file_held_by_another_program_is_one_clear_error(tmp_path: Path):
    path = tmp_path / "warehouse.duckdb"
    code = f"import duckdb; c = duckdb.connect({str(path)!r}); print('open', flush=True); input()"
    other = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdout
    other.stdout.readline()

    with pytest.raises(PlatformError, match=r"^Another program has the warehouse open\n") as caught:
        DuckDBWarehouse(path, visitor_seconds=0.5).query("select 1")

    other.communicate(b"\n")
    assert caught.value.where.startswith(f"{path} (IO Error: Could not set lock")
    assert "\n" not in caught.value.where
    assert caught.value.remedy == "close that program (a DuckDB shell, a notebook), and run again"


def test_it_waits_for_a_program_that_has_the_file_open_for_a_moment(tmp_path: Path):
    path = tmp_path / "warehouse.duckdb"
    code = (
        f"import duckdb; c = duckdb.connect({str(path)!r}); print('open', flush=True); __import__('time').sleep(1)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as other:
        assert other.stdout
        other.stdout.readline()

        rows = DuckDBWarehouse(path).query("select 1 as one")

    assert rows["one"].to_list() == [1]
    assert other.returncode == 0


def test_a_run_that_holds_the_warehouse_too_long_is_one_clear_error(tmp_path: Path):
    path = tmp_path / "warehouse.duckdb"
    code = f"""
import pathlib
from bandcamp_assets.storage.warehouse import DuckDBWarehouse
with DuckDBWarehouse(pathlib.Path({str(path)!r})).access():
    print("held", flush=True)
    input()
"""
    other = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdout
    other.stdout.readline()

    with pytest.raises(PlatformError, match="Another run has held the warehouse for 1 seconds") as caught:
        DuckDBWarehouse(path, lock_seconds=0.6).query("select 1")

    other.communicate(b"\n")
    assert caught.value.where == str(path)
    assert caught.value.remedy == "wait for that run to end, or stop it, and run again"


@pytest.mark.parametrize("folder", ["currency=EUR", "country_code=fr", "sale_date=1999-01-01", "no such column=1"])
def test_a_folder_named_like_a_column_is_only_a_folder(tmp_path: Path, folder: str):
    (tmp_path / folder).mkdir()
    path = parquet(tmp_path / folder, DAY, raw_row(1))
    warehouse = DuckDBWarehouse(tmp_path / "warehouse.duckdb")

    warehouse.replace_days({DAY: stored(path)})

    loaded = warehouse.query("select currency, country_code, sale_date from bandcamp.sales")
    assert loaded.rows() == [("USD", "gb", DAY)]


def test_reading_a_warehouse_does_not_create_it(tmp_path: Path):
    path = tmp_path / "warehouse.duckdb"
    warehouse = DuckDBWarehouse(path)

    before = (warehouse.verify(), warehouse.has("sales"), warehouse.marks(), warehouse.changed_days({DAY: None}))
    with warehouse.session():
        asked = warehouse.figures("sales")
    made_by_asking = path.exists()
    warehouse.replace_days({DAY: None})

    assert before == (f"{path} does not exist yet", False, None, set())
    assert asked == {}
    assert not made_by_asking
    assert warehouse.verify() == f"{path} can be opened"
    assert (warehouse.has("sales"), warehouse.has("fct_sales")) == (True, False)
    assert warehouse.place == f"{path}  (DuckDB, schema bandcamp)"


def test_rows_of_a_table_are_read_some_or_all(tmp_path: Path):
    warehouse = DuckDBWarehouse(tmp_path / "warehouse.duckdb")
    warehouse.replace_days({DAY: stored(parquet(tmp_path, DAY, *map(raw_row, range(3))))})

    assert warehouse.head("sales", 2).height == 2
    assert sorted(warehouse.read("sales")["_id"]) == sorted(raw_row(number)["_id"] for number in range(3))


def test_a_session_uses_one_connection_for_all_queries_and_closes_it(tmp_path: Path):
    warehouse = DuckDBWarehouse(tmp_path / "warehouse.duckdb")
    warehouse.replace_days({DAY: stored(parquet(tmp_path, DAY, raw_row(1)))})

    with warehouse.session():
        warehouse.query("create temporary table noted as select 1 as one")
        with warehouse.session():
            inner = warehouse.query("select one from noted").rows()
        after_inner = warehouse.query("select one from noted").rows()

    assert inner == after_inner == [(1,)]
    with pytest.raises(duckdb.CatalogException):
        warehouse.query("select one from noted")


def test_times_are_shown_in_utc_and_memory_is_bounded(tmp_path: Path):
    shown = DuckDBWarehouse(tmp_path / "warehouse.duckdb").query(
        "select current_setting('TimeZone'), current_setting('memory_limit')"
    )

    assert shown.rows() == [("UTC", "953.6 MiB")]  # 1 GB


def test_figures_are_given_for_the_requested_days(tmp_path: Path):
    days = [DAY + timedelta(number) for number in range(4)]
    warehouse = DuckDBWarehouse(tmp_path / "warehouse.duckdb")
    warehouse.replace_days(
        {day: stored(parquet(tmp_path, day, raw_row(86_400 * number))) for number, day in enumerate(days)}
    )

    asked = [days[2], days[0], date(2021, 1, 1)]

    assert list(warehouse.figures("sales", asked)) == [days[0], days[2]]
    assert warehouse.figures("sales", []) == {}
    assert warehouse.figures("fct_sales", asked) == {}


def test_days_whose_rows_differ_from_their_objects_are_found(tmp_path: Path):
    days = [DAY + timedelta(number) for number in range(5)]
    objects = {day: stored(parquet(tmp_path, day, raw_row(86_400 * number))) for number, day in enumerate(days)}
    warehouse = DuckDBWarehouse(tmp_path / "warehouse.duckdb")
    warehouse.replace_days({day: objects[day] for day in days[:4]})

    wanted = {
        days[0]: objects[days[0]],
        days[1]: stored(parquet(tmp_path, days[1], raw_row(86_400, artist_name="Somebody else"))),
        days[2]: None,
        days[4]: objects[days[4]],
    }

    assert warehouse.changed_days(wanted) == {days[1], days[2], days[4]}
    assert warehouse.changed_days({days[2]: None}) == {days[2]}
    assert warehouse.changed_days({day: objects[day] for day in days[:4]}) == set()
    assert warehouse.changed_days({}) == set()


def test_a_locked_or_broken_warehouse_is_reported_with_what_to_do(tmp_path: Path):
    path = tmp_path / "blocks" / "warehouse.duckdb"  # a path whose words are those of DuckDB's message on locks
    path.parent.mkdir()
    path.write_bytes(b"no database" * 1000)

    with pytest.raises(PlatformError, match="The warehouse cannot be read: ") as broken:
        DuckDBWarehouse(path).query("select 1")

    assert "\n" not in broken.value.what
    assert broken.value.where == str(path)
    assert broken.value.remedy == "restore the file, or move it away and run again: it is rebuilt from the lake"


def damaged(path: Path, harm: str) -> Path:
    """A DuckDB file with a table of some megabytes, cut or with changed bytes in the midst of its rows."""
    with duckdb.connect(path) as connection:
        connection.execute("create schema bandcamp")
        connection.execute("create table bandcamp.rows as select range as n, hash(range) as h from range(300000)")
    whole = bytearray(path.read_bytes())
    middle = len(whole) // 2
    whole[middle : middle + 64] = bytes(64)
    path.write_bytes(whole[:middle] if harm == "cut" else whole)
    return path


READ_ALL = "select sum(n), sum(h::hugeint) from rows"


@pytest.mark.parametrize(
    ("harm", "reason"), [("cut", "IO Error: Could not read enough bytes"), ("changed", "Corrupt database file: ")]
)
def test_damage_that_is_met_while_reading_is_one_clear_error(tmp_path: Path, harm: str, reason: str):
    path = damaged(tmp_path / "warehouse.duckdb", harm)

    with pytest.raises(PlatformError, match=f"^The warehouse cannot be read: {reason}") as broken:
        DuckDBWarehouse(path).query(READ_ALL.replace("rows", "bandcamp.rows"))

    assert broken.value.where == str(path)


def test_damage_of_another_file_is_not_called_damage_of_the_warehouse(tmp_path: Path):
    other = damaged(tmp_path / "other.duckdb", "cut")
    duckdb.connect(tmp_path / "warehouse.duckdb").close()

    with pytest.raises(duckdb.IOException, match="Could not read enough bytes"):
        DuckDBWarehouse(tmp_path / "warehouse.duckdb").query(
            f"attach '{other}' as other (read_only); {READ_ALL.replace('rows', 'other.bandcamp.rows')}"
        )


def test_an_error_of_sql_is_not_called_damage(tmp_path: Path):
    duckdb.connect(tmp_path / "warehouse.duckdb").close()

    with pytest.raises(duckdb.CatalogException):
        DuckDBWarehouse(tmp_path / "warehouse.duckdb").query("select * from nowhere")
