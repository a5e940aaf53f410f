"""The data package, read by programs that are not ours: its files are the tables, described by the standard."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from frictionless import Package

from bandcamp_assets.cli.prepare import prepare_home
from bandcamp_assets_tests.cli.test_inbox import deliver
from bandcamp_assets_tests.homes import SampleHome, TestHome
from bandcamp_assets_tests.patience import PATIENCE_SECONDS
from bandcamp_assets_tests.raw_files import SECONDS_A_DAY, csv_bytes, raw_row, write_csv

NOT_SHARED = {"sales", "stg_sales"}
"""The table that dbt starts from, and the view on it. The seeds are not in the package either."""


def described(home: TestHome) -> dict[str, dict[str, Any]]:
    package = json.loads((home.root / "tables" / "datapackage.json").read_text())
    return {table["name"]: table for table in package["resources"]}


def in_warehouse(home: TestHome) -> set[str]:
    with duckdb.connect(home.root / "warehouse.duckdb", read_only=True) as connection:
        return {name for (name,) in connection.sql("select table_name from duckdb_tables()").fetchall()}


def written_at(home: TestHome) -> dict[str, int]:
    folder = home.root / "tables"
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in folder.rglob("*.parquet")}


def differing_rows(home: TestHome, table: str) -> int:
    """Rows of the warehouse's table that the files lack, and rows of the files that it lacks."""
    place = "tables/fct_sales/*.parquet" if table == "fct_sales" else f"tables/{table}.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"attach '{home.root}/warehouse.duckdb' as w (read_only)")
        connection.execute(f"create view files as from read_parquet('{home.root}/{place}')")
        found = connection.sql(
            f"select count(*) from ((from w.bandcamp.{table} except all from files)"
            f" union all (from files except all from w.bandcamp.{table}))"
        ).fetchall()
    return int(found[0][0])


@pytest.mark.xdist_group("sample")
def test_the_files_hold_every_row_of_every_table(sample_home: SampleHome):
    tables = described(sample_home.home)

    assert {"fct_sales", "dim_country", "artist_sales"} < set(tables)
    assert not NOT_SHARED & set(tables)
    assert {table: differing_rows(sample_home.home, table) for table in tables} == dict.fromkeys(tables, 0)


@pytest.mark.xdist_group("sample")
def test_all_columns_are_described_with_a_unit_where_they_have_one(sample_home: SampleHome):
    tables = described(sample_home.home)

    fields = {f"{table}.{one['name']}": one for table in tables for one in tables[table]["schema"]["fields"]}
    assert [name for name, one in fields.items() if not one.get("description")] == []
    assert fields["fct_sales.amount_paid_usd"]["unit"] == "USD"
    assert fields["fct_sales.amount_paid"]["unit"] == "the currency of the row"
    assert fields["artist_sales.overpaid_sales_share"]["unit"] == "1"
    assert "unit" not in fields["daily_sales.sale_date"]
    assert tables["fct_sales"]["schema"]["primaryKey"] == ["_id"]
    assert tables["price_points"]["schema"]["primaryKey"] == ["currency", "item_price"]
    assert fields["fct_sales._id"]["constraints"] == {"required": True, "unique": True}
    assert fields["fct_sales.artist_name"].get("constraints") is None
    assert tables["fct_sales"]["schema"]["foreignKeys"] == [
        {"fields": ["country"], "reference": {"resource": "dim_country", "fields": ["country"]}}
    ]


@pytest.mark.xdist_group("sample")
def test_a_key_that_may_be_null_is_not_called_the_primary_key(sample_home: SampleHome):
    tables = described(sample_home.home)

    assert tables["artist_sales"]["schema"]["primaryKey"] == ["revenue_rank"]
    assert "primaryKey" not in tables["business_model"]["schema"]
    assert tables["business_model"]["schema"]["uniqueKeys"] == [["item_type_label", "is_bandcamp_friday"]]


@pytest.mark.xdist_group("sample")
def test_a_sample_is_called_one_and_has_a_licence(sample_home: SampleHome):
    package = json.loads((sample_home.home.root / "tables" / "datapackage.json").read_text())

    assert "generated sample" in package["title"]
    assert [one["name"] for one in package["licenses"]] == ["CC0-1.0"]
    assert [one["title"] for one in package["sources"]] == [f"bandcamp-sample-{sample_home.rows}.csv"]


def test_the_program_of_the_standard_finds_every_table_valid(two_days: TestHome):
    package = Package(str(two_days.root / "tables" / "datapackage.json"))

    reports = {table.name: table.validate() for table in package.resources}

    assert len(reports) == len(described(two_days))
    assert {name: report.flatten(["message"]) for name, report in reports.items() if not report.valid} == {}


def test_an_update_writes_only_the_days_of_the_fact_that_changed(two_days: TestHome, tmp_path: Path):
    before = written_at(two_days)

    two_days.run("--source", str(write_csv(tmp_path / "more.csv", [raw_row(SECONDS_A_DAY + 77)])))

    after = written_at(two_days)
    assert {name for name in after if name.startswith("fct_sales/") and after[name] != before.get(name)} == {
        "fct_sales/2020-09-10.parquet"
    }
    assert differing_rows(two_days, "fct_sales") == 0
    assert differing_rows(two_days, "daily_sales") == 0


def test_a_lost_and_a_damaged_file_are_written_again(two_days: TestHome):
    tables = two_days.root / "tables"
    before = {path: path.read_bytes() for path in tables.rglob("*.parquet")}
    (tables / "artist_sales.parquet").unlink()
    (tables / "fct_sales" / "2020-09-09.parquet").write_bytes(b"PAR1")

    printed = two_days.run()

    assert "rebuilt the report" in printed
    assert {path: path.read_bytes() for path in tables.rglob("*.parquet")} == before


@pytest.mark.long
def test_a_day_that_a_correction_leaves_without_sales_has_no_file(home: TestHome):
    deliver(home, "sales.csv", csv_bytes([raw_row(0), raw_row(SECONDS_A_DAY)]))
    home.run()
    deliver(home, "sales.csv", csv_bytes([raw_row(1)]))

    home.run()

    assert [name for name in written_at(home) if name.startswith("fct_sales/")] == ["fct_sales/2020-09-09.parquet"]
    assert differing_rows(home, "fct_sales") == 0
    assert described(home)["fct_sales"]["rowCount"] == 1


def test_a_home_that_is_emptied_keeps_no_table_and_no_page_of_the_earlier_sales(two_days: TestHome):
    prepare_home({"BANDCAMP_HOME": str(two_days.root)}, fresh=True)

    left = [path for folder in ("tables", "dashboard") for path in (two_days.root / folder).rglob("*.*")]
    assert left == []


def test_sql_reads_the_package_at_once_while_another_process_writes_the_warehouse(two_days: TestHome):
    code = f"import duckdb; c = duckdb.connect({str(two_days.root / 'warehouse.duckdb')!r}); print(1); input()"
    with subprocess.Popen(
        [sys.executable, "-uc", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout
        assert writer.stdin
        writer.stdout.readline()

        answered = two_days.bandcamp("sql", "select count(*) as sales from bandcamp.fct_sales", "--format=csv")

        assert writer.poll() is None
        writer.stdin.close()
        writer.wait(PATIENCE_SECONDS)
    assert answered.returncode == 0, answered.stderr
    assert "Waiting" not in answered.stderr
    assert int(answered.stdout.split()[1]) == two_days.fact()[0]


def test_sql_changes_no_file_of_the_package_and_finds_other_tables_in_the_warehouse(two_days: TestHome):
    before = two_days.files("tables")
    target = two_days.root / "tables" / "daily_sales.parquet"

    for query in (
        f"with x as (copy (select 1) to '{target}') select 1",
        f"from '{target}'",
        "create table x as select 1",
        "drop view daily_sales",
    ):
        assert two_days.bandcamp("sql", query).returncode == 1
    found = two_days.bandcamp("sql", "select count(*) as n from sales", "--format=csv")
    refused = two_days.bandcamp("sql", "from nowhere")

    assert two_days.files("tables") == before
    assert found.stdout.split() == ["n", str(two_days.fact()[0])]
    assert (refused.returncode, "nowhere" in refused.stderr) == (1, True)


def test_sql_names_a_damaged_file_of_the_package(two_days: TestHome):
    (two_days.root / "tables" / "daily_sales.parquet").write_bytes(b"no Parquet")

    refused = two_days.bandcamp("sql", "select 1")

    assert refused.returncode == 1
    assert "daily_sales.parquet" in refused.stderr
    assert "bandcamp run" in refused.stderr
