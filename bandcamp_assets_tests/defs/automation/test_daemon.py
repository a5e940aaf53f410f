"""With the real webserver and daemon: a delivered file reaches the marts by itself, and only its days run."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import requests

from bandcamp_assets_tests.homes import BANDCAMP, TestHome
from bandcamp_assets_tests.patience import PATIENCE_SECONDS
from bandcamp_assets_tests.raw_files import raw_row, write_csv

DAY = 86_400
RUNS = "{ runsOrError(limit: 50) { ... on Runs { results { jobName status tags { key value } } } } }"


@dataclass
class Live:
    """A home with a running UI and daemon."""

    home: TestHome
    address: str
    process: subprocess.Popen[bytes]
    log: Path

    def deliver(self, name: str, *rows: dict[str, str]) -> None:
        """Copy a file into the inbox as a person would."""
        write_csv(self.home.root / "inbox" / name, rows)

    def totals(self) -> dict[str, tuple[int, Decimal]]:
        """Sales and US dollars by day in the marts; empty before they are built."""
        try:
            rows = self.home.deployment.warehouse.query(
                "select sale_date, sales, revenue_usd from bandcamp.daily_sales"
            )
        except duckdb.CatalogException:
            return {}
        return {str(day): (sales, usd) for day, sales, usd in rows.iter_rows()}

    def runs(self) -> list[dict[str, Any]]:
        """All runs, the newest first."""
        answer = requests.post(f"{self.address}/graphql", json={"query": RUNS}, timeout=PATIENCE_SECONDS)
        found: list[dict[str, Any]] = answer.json()["data"]["runsOrError"]["results"]
        return found

    def wait_until(self, holds: Callable[[], bool]) -> None:
        """Wait for a result of the daemon's work."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            assert time.monotonic() < deadline, (self.totals(), self.runs(), self.log.read_text()[-3000:])
            time.sleep(2)

    def at_rest(self) -> bool:
        """Whether no run is queued or in progress."""
        return all(run["status"] in ("SUCCESS", "FAILURE", "CANCELED") for run in self.runs())


@pytest.fixture
def live(home: TestHome, tmp_path: Path) -> Iterator[Live]:
    (home.root / "inbox").mkdir(parents=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path / "ui.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [BANDCAMP, "ui", "--port", str(port)],
            env=home.environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    live = Live(home, f"http://127.0.0.1:{port}", process, log)
    try:
        live.wait_until(lambda: _answers(live.address))
        yield live
    finally:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(30)
        home.kill_processes()  # code servers would live for most of a minute longer
        process.wait(PATIENCE_SECONDS)


def _answers(address: str) -> bool:
    try:
        return requests.get(f"{address}/server_info", timeout=PATIENCE_SECONDS).ok
    except requests.RequestException:
        return False


def ranges(runs: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """First and last day of the runs that built days, the newest first."""
    tags = [{tag["key"]: tag["value"] for tag in run["tags"]} for run in runs]
    names = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")
    return [(one[names[0]], one[names[1]]) for one in tags if names[0] in one]


@pytest.mark.long
def test_a_delivered_file_reaches_the_marts_without_a_click(live: Live, tmp_path: Path):
    live.deliver("first.csv", *(raw_row(1 + day * DAY) for day in range(4)))
    live.wait_until(lambda: live.at_rest() and len(live.totals()) == 4)

    slow = tmp_path / "second.csv"
    write_csv(slow, [raw_row(5 + DAY), raw_row(5 + 2 * DAY)])
    shutil.copy(slow, live.home.root / "inbox" / "second.csv.part")
    live.deliver("second.csv", raw_row(5 + DAY), raw_row(5 + 2 * DAY))
    live.wait_until(lambda: live.at_rest() and live.totals().get("2020-09-10") == (2, Decimal("19.98")))
    second = live.runs()

    live.deliver("second.csv", raw_row(5 + DAY, amount_paid_usd="1.00"))
    live.wait_until(lambda: live.at_rest() and live.totals().get("2020-09-10") == (2, Decimal("10.99")))

    assert live.totals()["2020-09-11"] == (1, Decimal("9.99"))
    assert ranges(live.runs()) == [("2020-09-10", "2020-09-11")] * 2 + [("2020-09-09", "2020-09-12")]
    assert len(second) == 4
    assert {run["status"] for run in live.runs()} == {"SUCCESS"}
    ledger = live.home.ledger()
    assert (ledger.holds, ledger.total("fct_sales").rows) == (True, 5)
