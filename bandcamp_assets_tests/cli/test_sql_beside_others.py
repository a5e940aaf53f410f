"""`bandcamp sql` while others read or write the warehouse: it waits for writers, and runs wait for it."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from bandcamp_assets.storage.warehouse import DuckDBWarehouse
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.cli.asked_warehouse import ask, files
from bandcamp_assets_tests.patience import PATIENCE_SECONDS

HOLDING_THE_FILE = "import duckdb; c = duckdb.connect({path!r}); print('held', flush=True); {then}"

HOLDING_THE_LOCK = """
import pathlib
from bandcamp_assets.storage.warehouse import DuckDBWarehouse
with DuckDBWarehouse(pathlib.Path({path!r})).access():
    print('held', flush=True)
    {then}
"""

ASKING = """
import sys
from bandcamp_assets.cli.sql import print_sql
print('held', flush=True)
try:
    print_sql({env!r}, {query!r})
except KeyboardInterrupt:
    sys.exit(130)
"""

ENDLESS = [
    "select count(*) from range(100000000) a, range(1000000) b where a.range * b.range % 7 = 1",
    "select a.range from range(100000000) a, range(1000000) b where a.range * b.range = -1",
]
"""Queries that never end. DuckDB does not stop them by itself at Ctrl-C."""

both_ways = pytest.mark.parametrize("code", [HOLDING_THE_FILE, HOLDING_THE_LOCK], ids=["file", "lock"])


@contextmanager
def other_process(code: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        try:
            process.communicate("\n", timeout=PATIENCE_SECONDS)
        finally:
            process.kill()


@both_ways
def test_it_waits_for_a_process_that_holds_the_warehouse_for_a_while(
    code: str, warehouse: Path, capsys: pytest.CaptureFixture[str]
):
    with other_process(code.format(path=str(warehouse), then="__import__('time').sleep(1.5)")):
        ask(warehouse, "select count(*) as days from daily_sales", "csv")

    printed = capsys.readouterr()
    assert printed.out == "days\n3\n"
    assert printed.err.count("Waiting until nobody writes") == 1


@both_ways
def test_a_process_that_holds_the_warehouse_too_long_is_one_clear_error(code: str, warehouse: Path):
    with (
        other_process(code.format(path=str(warehouse), then="input()")),
        pytest.raises(PlatformError, match=r"Another (program|run) has .*the warehouse") as caught,
    ):
        ask(warehouse, "select 1", seconds=0.3)

    assert str(warehouse) in caught.value.where


def test_a_free_warehouse_is_read_without_a_notice(warehouse: Path, capsys: pytest.CaptureFixture[str]):
    ask(warehouse, "select 1")

    assert capsys.readouterr().err == ""


def test_other_readers_of_the_file_do_not_matter(warehouse: Path, capsys: pytest.CaptureFixture[str]):
    code = HOLDING_THE_FILE.replace("{path!r}", "{path!r}, read_only=True")

    with other_process(code.format(path=str(warehouse), then="input()")):
        ask(warehouse, "select 1 as one", "csv", seconds=0)

    assert capsys.readouterr().out == "one\n1\n"


def test_the_finished_work_of_a_killed_writer_is_read(warehouse: Path, capsys: pytest.CaptureFixture[str]):
    delete = "c.execute('delete from bandcamp.daily_sales'); input(); __import__('os')._exit(9)"
    with other_process(HOLDING_THE_FILE.format(path=str(warehouse), then=delete)):
        pass
    before = files(warehouse.parent)

    ask(warehouse, "select count(*) as days from daily_sales", "csv")

    assert capsys.readouterr().out == "days\n0\n"
    assert "warehouse.duckdb.wal" in before
    assert files(warehouse.parent) == before


def test_the_warehouse_is_released_before_anything_is_printed(warehouse: Path, monkeypatch: pytest.MonkeyPatch):
    printed = []

    class Pager(io.StringIO):
        def write(self, text: str) -> int:
            code = HOLDING_THE_LOCK.format(
                path=str(warehouse), then=f"import duckdb; duckdb.connect({str(warehouse)!r})"
            )
            done = subprocess.run(
                [sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE_SECONDS
            )
            printed.append((done.returncode, text))
            return len(text)

    monkeypatch.setattr(sys, "stdout", Pager())
    ask(warehouse, "select 1 as one", "csv")

    assert printed == [(0, "one\n1\n")]


@pytest.mark.parametrize("query", ENDLESS)
def test_a_run_waits_for_a_long_query_and_ctrl_c_ends_it(query: str, warehouse: Path):
    asker = ASKING.format(env={"BANDCAMP_HOME": str(warehouse.parent)}, query=query)

    with other_process(asker) as process:
        _wait_until_the_file_is_held(warehouse)
        stop = threading.Timer(1, process.send_signal, [signal.SIGINT])
        stop.start()
        # It would not wait for a process that has only opened the file.
        rows = DuckDBWarehouse(warehouse, lock_seconds=PATIENCE_SECONDS, visitor_seconds=0).query(
            "from bandcamp.daily_sales"
        )

    assert stop.finished.is_set()
    assert len(rows) == 3
    assert process.returncode == 130


def _wait_until_the_file_is_held(warehouse: Path) -> None:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up:
        try:
            duckdb.connect(warehouse).close()
        except duckdb.IOException:
            return
        time.sleep(0.05)
    raise AssertionError("nobody opened the file")
