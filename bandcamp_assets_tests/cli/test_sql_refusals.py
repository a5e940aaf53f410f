"""What `bandcamp sql` refuses: changes, other files, and queries without an answer. Each is one clear error."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from bandcamp_assets.cli.sql import print_sql
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.cli.asked_warehouse import ask, files

ESCAPE = "\x1b]0;owned\x07\x1b[31m"


def refusal(warehouse: Path, query: str) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        ask(warehouse, query)
    return caught.value


@pytest.mark.parametrize(
    "statement",
    [
        "insert into daily_sales values (date '2021-01-01', 1, 1)",
        "delete from daily_sales",
        "with gone as (delete from daily_sales returning *) from gone",
        "update daily_sales set sales = 0",
        "drop table daily_sales",
        "create table bandcamp.mine as select 1",
        "create temp table mine as select 1",
        "copy daily_sales to '{home}/out.csv'",
        "explain analyze copy daily_sales to '{home}/warehouse.duckdb.wal'",
        "attach '{home}/new.duckdb'",
        "export database '{home}/out'",
        "set threads = 1",
        "use main",
        "checkpoint",
        "install httpfs",
        "begin",
    ],
)
def test_a_statement_that_does_more_than_read_is_refused(statement: str, warehouse: Path):
    before = files(warehouse.parent)

    error = refusal(warehouse, statement.replace("{home}", str(warehouse.parent)))

    assert "opened read-only" in error.what
    assert files(warehouse.parent) == before


@pytest.mark.parametrize(
    "query",
    [
        "from read_csv('{home}/secret.csv')",
        "from '{home}/secret.csv'",
        "from read_text('{home}/*')",
        "from glob('{home}/*')",
        "select size from read_blob('{home}/warehouse.duckdb')",
        "with x as (copy daily_sales to '{home}/out.csv') select 1",
        "with x as (copy daily_sales to '{home}/warehouse.duckdb.wal') select 1",
        "with x as (copy daily_sales to '{home}/warehouse.duckdb.tmp/out.csv') select 1",
        "from enable_logging('QueryLog', storage='file', storage_path='{home}/log')",
        "from enable_profiling(save_location := '{home}/profile.json')",
    ],
)
def test_a_query_reads_and_writes_no_file(query: str, warehouse: Path, capsys: pytest.CaptureFixture[str]):
    (warehouse.parent / "secret.csv").write_text("word\nswordfish\n")
    before = files(warehouse.parent)

    error = refusal(warehouse, query.replace("{home}", str(warehouse.parent)))

    assert "Error" in error.what
    assert capsys.readouterr().out == ""
    assert files(warehouse.parent) == before


@pytest.mark.parametrize(("query", "number"), [("", "none"), ("-- nothing", "none"), ("select 1; select 2", "2")])
def test_none_or_several_statements_are_refused(query: str, number: str, warehouse: Path):
    error = refusal(warehouse, query)

    assert error.what == f"Exactly one statement is needed; the query has {number}"


@pytest.mark.parametrize(
    ("query", "what", "where"),
    [
        ("selec 1", 'Parser Error: syntax error at or near "selec"', "LINE 1: selec 1"),
        ("select nope from daily_sales", 'Referenced column "nope" not found', "LINE 1: select nope"),
        ("from no_table", "Table with name no_table does not exist!", "LINE 1: from no_table"),
        (f"select '{ESCAPE}'::int", r"Could not convert string '\u001b]0;owned", "LINE 1"),
        ("select error('while it runs') from daily_sales", "while it runs", "select error("),
        ("select $1", "Values were not provided", "select $1"),
    ],
)
def test_a_wrong_query_is_one_clear_error(query: str, what: str, where: str, warehouse: Path):
    error = refusal(warehouse, query)

    assert what in error.what
    assert error.where.startswith(where)
    assert "\x1b" not in str(error)


def test_a_query_that_needs_too_much_memory_says_what_to_do(warehouse: Path):
    error = refusal(warehouse, "select repeat('x', 500) || range as text from range(3000000) order by text desc")

    assert "Out of Memory" in error.what
    assert error.remedy.startswith("ask for less")


def test_a_home_without_a_warehouse_is_one_clear_error_and_stays_empty(tmp_path: Path):
    error = refusal(tmp_path / "warehouse.duckdb", "select 1")

    assert "no warehouse here yet" in error.what
    assert not list(tmp_path.iterdir())


def test_a_warehouse_without_tables_is_one_clear_error(tmp_path: Path):
    duckdb.connect(tmp_path / "warehouse.duckdb").close()

    assert "no warehouse here yet" in refusal(tmp_path / "warehouse.duckdb", "select 1").what


def test_a_damaged_file_is_one_clear_error(tmp_path: Path):
    (tmp_path / "warehouse.duckdb").write_bytes(b"not a database at all" * 1000)

    assert "cannot be opened" in refusal(tmp_path / "warehouse.duckdb", "select 1").what


def test_on_google_cloud_the_console_is_named(tmp_path: Path):
    env = {
        "BANDCAMP_HOME": str(tmp_path),
        "BANDCAMP_DEPLOYMENT": "gcp",
        "BANDCAMP_GCP_PROJECT": "some-project",
        "BANDCAMP_GCP_BUCKET": "some-bucket",
        "BANDCAMP_GCP_LOCATION": "EU",
    }

    with pytest.raises(PlatformError, match="`bq query") as caught:
        print_sql(env, "select 1")

    assert "some-project" in caught.value.where
