"""An invocation leaves nothing behind in its process."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from bandcamp_assets.dbt import engine
from bandcamp_assets.dbt.manifest import load_manifest, prepare_manifest, read_parsed
from bandcamp_assets_tests.dbt.conftest import MakePlatform, Platform

BUILD = ["build", "--exclude-resource-type", "unit_test"]


def _build(platform: Platform, *arguments: str) -> engine.Outcome:
    prepare_manifest(platform.workspace)
    parsed = read_parsed(platform.workspace, load_manifest(platform.workspace))
    return engine.invoke(
        platform.workspace,
        [*BUILD, *arguments],
        target_path=platform.workspace.target_dir / "run",
        parsed=parsed,
    )


def test_another_process_can_write_to_the_warehouse_at_once(platform: Platform) -> None:
    outcome = _build(platform)

    write = "import duckdb, sys; duckdb.connect(sys.argv[1]).execute('create table bandcamp.other (x int)')"
    other = subprocess.run(
        [sys.executable, "-c", write, str(platform.warehouse.path)], stderr=subprocess.PIPE, text=True
    )

    assert outcome.succeeded
    assert other.returncode == 0, other.stderr


def test_no_file_of_the_platform_stays_open(platform: Platform, tmp_path: Path) -> None:
    _build(platform)

    open_files = [one.path for one in psutil.Process().open_files()]

    assert [path for path in open_files if path.startswith(str(tmp_path))] == []


def test_the_environment_is_as_it_was(platform: Platform) -> None:
    before = dict(os.environ)

    _build(platform)

    assert dict(os.environ) == before


def test_log_handlers_and_signal_handlers_are_as_they_were(platform: Platform) -> None:
    _build(platform)  # the first build imports dbt
    handlers = list(logging.getLogger().handlers)
    on_interrupt = signal.getsignal(signal.SIGINT)

    _build(platform)

    assert logging.getLogger().handlers == handlers
    assert logging.getLogger("file_log").handlers == []
    assert signal.getsignal(signal.SIGINT) is on_interrupt


def test_nothing_is_printed(platform: Platform, capfd: pytest.CaptureFixture[str]) -> None:
    _build(platform)

    assert capfd.readouterr() == ("", "")


def test_vars_take_effect_on_an_already_parsed_project(platform: Platform) -> None:
    prepare_manifest(platform.workspace)
    parsed = read_parsed(platform.workspace, load_manifest(platform.workspace))
    seen = []

    for day in ("2020-09-09", "2020-09-10"):
        target = platform.workspace.target_dir / day
        arguments = [*BUILD, "--vars", f'{{"days": ["{day}"]}}']
        engine.invoke(platform.workspace, arguments, target_path=target, parsed=parsed)
        seen.append((target / "compiled/tiny/models/fct_sales.sql").read_text().count(f"date '{day}'"))

    assert seen == [1, 1]
    assert platform.rows("select count(*) from bandcamp.fct_sales") == [(3,)]


def test_failures_name_the_nodes_and_what_dbt_said(platform: Platform) -> None:
    platform.rows("alter table bandcamp.sales rename amount_paid_usd to renamed")

    outcome = _build(platform)

    [failure] = outcome.failures
    assert not outcome.succeeded
    assert failure.unique_id == "model.tiny.stg_sales"
    assert "amount_paid_usd" in failure.message


def test_messages_go_to_the_given_log(platform: Platform) -> None:
    said: list[tuple[int, str]] = []
    prepare_manifest(platform.workspace)

    engine.invoke(
        platform.workspace,
        ["ls", "--select", "no_such_model"],
        target_path=platform.workspace.target_dir / "run",
        log=lambda level, message: said.append((level, message)),
    )

    assert any(level == logging.WARNING and "no_such_model" in message for level, message in said)


@pytest.mark.parametrize(("asked", "writes_sql"), [(None, False), ("debug", True)])
def test_the_log_file_has_the_configured_level(
    asked: str | None, writes_sql: bool, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DBT_LOG_LEVEL_FILE", raising=False)
    if asked:
        monkeypatch.setenv("DBT_LOG_LEVEL_FILE", asked)

    _build(platform)

    log = (platform.workspace.log_dir / "dbt.log").read_text()
    assert "OK created" in log
    assert ("create or replace view" in log or "create  table" in log) == writes_sql


_SLOW = """
import logging, signal, sys
from pathlib import Path
import duckdb
from dagster._core.errors import DagsterExecutionInterruptedError
from bandcamp_assets.dbt import engine
from bandcamp_assets.dbt.project import DbtWorkspace

def stop(number, frame):  # like Dagster's own handler during a step
    raise DagsterExecutionInterruptedError

signal.signal(signal.SIGTERM, stop)
project_dir, home, warehouse = sys.argv[1:]
workspace = DbtWorkspace(Path(project_dir), Path(home), "local", {"DBT_WAREHOUSE_PATH": warehouse})
try:
    engine.invoke(
        workspace,
        ["run", "--select", "slow"],
        target_path=Path(home) / "run",
        log=lambda level, message: print(message) if level > logging.INFO else None,
    )
except DagsterExecutionInterruptedError:
    duckdb.connect(warehouse).execute("create table bandcamp.after (x int)")
    print("stopped")
"""


def test_a_terminated_run_cancels_its_query_and_frees_the_warehouse(changed_platform: MakePlatform) -> None:
    slow = "{{ config(tags=['marts']) }} select count(*) from range(100000000) a, range(100000000) b"
    platform = changed_platform({"models/slow.sql": slow})
    workspace = platform.workspace
    arguments = [str(workspace.project_dir), str(workspace.home), str(platform.warehouse.path)]
    log = workspace.log_dir / "dbt.log"
    process = subprocess.Popen(
        [sys.executable, "-c", _SLOW, *arguments],
        env={**os.environ, "DBT_LOG_LEVEL_FILE": "debug"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (log.exists() and "create  table" in log.read_text()) and process.poll() is None:
        time.sleep(0.05)

    process.send_signal(signal.SIGTERM)

    said, complained = process.communicate()
    assert said.strip() == "stopped", complained  # and no error of the cancelled query
    assert platform.rows("select count(*) from bandcamp.after") == [(0,)]
