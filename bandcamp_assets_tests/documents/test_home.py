"""What the documents say of a home: what lies in it, how to ask it, and that a copy of it serves as well."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from bandcamp_assets.cli.prepare import prepare_deployment
from bandcamp_assets.definitions import load_definitions
from bandcamp_assets.defs import jobs
from bandcamp_assets.system.instance.local import open_instance
from bandcamp_assets_tests.documents.document import OPERATING, README
from bandcamp_assets_tests.documents.graph import is_mart, is_shared
from bandcamp_assets_tests.homes import SampleHome, TestHome
from bandcamp_assets_tests.patience import PATIENCE_SECONDS
from bandcamp_assets_tests.system.instance.age import make_older

pytestmark = pytest.mark.xdist_group("sample")


@pytest.fixture
def copied(sample_home: SampleHome, tmp_path: Path) -> TestHome:
    """A copy of the home of sample sales, elsewhere."""
    elsewhere = tmp_path / "another folder"
    sample_home.home.save(elsewhere)
    return TestHome(elsewhere)


def ask(home: TestHome, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(home.root / "warehouse.duckdb", read_only=True) as connection:
        return connection.sql(query).fetchall()


def test_the_example_of_opening_the_tables_gives_the_figures_of_the_fact(sample_home: SampleHome, tmp_path: Path):
    code = README.found(r"```python\n(.*?)```").group(1)
    last, asked = code.strip().splitlines()[-1], r"print\((.*)\)"
    (tmp_path / ".bandcamp").symlink_to(sample_home.home.root)

    done = subprocess.run(
        [sys.executable, "-c", code.replace(last, re.sub(asked, r"print(\1.rows())", last))],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )

    assert done.returncode == 0, done.stderr
    by_day = "select sale_date, count(*), sum(amount_paid_usd) from bandcamp.fct_sales group by all order by all"
    assert done.stdout.strip() == str(ask(sample_home.home, by_day))


def test_the_example_of_asking_by_sql_prints_what_the_fact_adds_up_to(sample_home: SampleHome):
    command = README.found(r"^\.venv/bin/bandcamp (sql [^\n]*)$").group(1)

    done = sample_home.home.bandcamp(*shlex.split(command))

    printed = [re.split(r"\s{2,}", line.strip()) for line in done.stdout.splitlines()]
    by_country = "select country, sum(amount_paid_usd) as paid from bandcamp.fct_sales group by 1"
    largest = f"select country, paid::text from ({by_country}) order by paid desc limit 5"
    assert printed[0] == ["country", "revenue_usd"]
    assert printed[2:] == [list(row) for row in ask(sample_home.home, largest)]


def test_all_that_lies_in_a_home_is_named(sample_home: SampleHome):
    tree = OPERATING.found(r"^All state lies below `BANDCAMP_HOME`:\n\n```\n(.*?)```").group(1)
    lines = [re.split(r"\s{3,}", line)[0] for line in tree.splitlines()]
    named = [name.rstrip("/") for line in lines for name in line.split()]

    there = sorted(path.name for path in sample_home.home.root.iterdir())

    # A lock is named by its end; a mark that a home is being emptied is gone with it.
    assert sorted(name for name in named if name != "*.lock") == [
        name for name in there if not name.endswith(".lock")
    ]
    assert "*.lock" in named
    lake = re.search(r"^lake/ +Parquet: (.*)$", tree, re.MULTILINE)
    assert lake
    assert set(lake.group(1).split(", ")) == {path.stem for path in (sample_home.home.root / "lake").iterdir()}


def test_a_copy_of_a_home_is_as_good_as_the_home(sample_home: SampleHome, copied: TestHome):
    printed = copied.run()
    asked = copied.bandcamp("status", "--deep")

    assert "everything was up to date, nothing to do" in printed
    assert asked.returncode == 0, asked.stdout
    assert copied.files() == sample_home.home.files()
    assert copied.tables() == sample_home.home.tables()


def test_a_byte_that_changed_under_the_same_size_and_time_is_named_with_deep_alone(copied: TestHome):
    path = next((copied.root / "landing").glob("**/*.csv"))
    content, stat = path.read_bytes(), path.stat()
    path.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    shallow = [copied.bandcamp(command) for command in ("status", "doctor")]
    deep = [copied.bandcamp(command, "--deep") for command in ("status", "doctor")]

    assert [done.returncode for done in shallow] == [0, 0]
    assert [done.returncode for done in deep] == [1, 1]
    assert [str(path) in done.stdout for done in deep] == [True, True]


def test_cleaning_up_deletes_withdrawn_rows_and_runs_older_than_the_days_that_are_set(
    copied: TestHome, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(jobs, "KEPT_RUNS", 0)
    deployment = prepare_deployment({"BANDCAMP_HOME": str(copied.root), "BANDCAMP_KEEP_RUNS_DAYS": "3"})
    folder = deployment.settings.home.lake / "rejected_sales"
    known = sorted(folder.iterdir())
    shutil.copyfile(known[0], folder / "withdrawn.parquet")
    os.utime(folder / "withdrawn.parquet", (1, 1))
    with open_instance(deployment.settings.home) as instance:
        of_the_home = {run.run_id for run in instance.get_runs()}
        runs = [instance.add_run(dg.DagsterRun("busy", status=dg.DagsterRunStatus.SUCCESS)) for _ in range(2)]
        for run, days in zip(runs, (2, 4), strict=True):
            make_older(deployment.settings.home.dagster, run.run_id, timedelta(days=days))
        job = load_definitions(deployment).resolve_job_def("clean_up")

        done = job.execute_in_process(instance=instance)

        left = {run.run_id for run in instance.get_runs()}
    assert left == of_the_home | {runs[0].run_id, done.run_id}
    assert sorted(folder.iterdir()) == known


def test_a_table_shows_rows_schema_and_a_preview_and_files_their_address(
    sample_home: SampleHome, graph: dg.AssetGraph
):
    with open_instance(sample_home.home.deployment.settings.home) as instance:
        latest = {key: instance.get_latest_materialization_event(key) for key in instance.all_asset_keys()}
    shown = {
        key.to_user_string(): {*entry.asset_materialization.metadata, *graph.get(key).metadata}
        for key, entry in latest.items()
        if entry and entry.asset_materialization
    }
    files = {"raw_sales", "staged_sales", "rejected_sales", "cleaned_sales", "duplicate_sales", "sales_objects"}
    pages = {"ledger", "sales_dashboard", "dbt_docs"}
    pages |= {"data_package"}
    tables = set(shown) - {"raw_sales", "raw_objects", "duplicate_sales", "sales_objects"} - pages
    shared = [key for key in graph.executable_asset_keys if is_shared(key)]

    marts = [key for key in graph.executable_asset_keys if is_mart(graph, key)]
    assert len(tables) == 3 + 1 + 5 + 5 + 3 + len(marts) + len(shared), (
        "lake, warehouse, seeds, facts, rollups, marts"
    )
    assert {name for name in tables if "dagster/column_schema" not in shown[name]} == set()
    assert {name for name in tables if "preview" not in shown[name]} == set()
    assert {name for name in tables if "dagster/row_count" not in shown[name]} == {"stg_sales"}, (
        "a view counts nothing"
    )
    assert {name for name in files | pages if "dagster/uri" not in shown[name]} == set()


def test_staging_shows_which_texts_end_as_unknown_countries(sample_home: SampleHome):
    with open_instance(sample_home.home.deployment.settings.home) as instance:
        latest = instance.get_latest_materialization_event(dg.AssetKey("stg_sales"))
    assert latest
    assert latest.asset_materialization
    shown = latest.asset_materialization.metadata["unknown_countries"]
    assert isinstance(shown, dg.TableMetadataValue)

    columns = ("delivered_country_code", "delivered_country", "sales")
    rows = [tuple(record.data[name] for name in columns) for record in shown.records]

    figures = "delivered_country_code, delivered_country, count(*)"
    unknown = f"select {figures} from bandcamp.stg_sales where country = 'Unknown' group by all"
    assert sorted(rows, key=str) == sorted(ask(sample_home.home, unknown), key=str) != []


def test_what_prepare_prints_is_where_dagsters_own_commands_find_the_instance(copied: TestHome):
    done = copied.bandcamp("prepare")

    said = re.search(r"^export DAGSTER_HOME=(.*)$", done.stdout, re.MULTILINE)
    assert said
    (folder,) = shlex.split(said.group(1))
    with (
        dg.DagsterInstance.from_config(folder) as instance,
        open_instance(copied.deployment.settings.home) as ours,
    ):
        assert {run.run_id for run in instance.get_runs()} == {run.run_id for run in ours.get_runs()} != set()
