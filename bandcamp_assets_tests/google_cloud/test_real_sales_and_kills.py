"""The real sales in both deployments; and a run on Google Cloud that outlives kills of all parts."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest

from bandcamp_assets_tests.dbt_project.comparison import KEYS, first_difference
from bandcamp_assets_tests.google_cloud.conftest import Cloud
from bandcamp_assets_tests.google_cloud.deployment import GcpHome, tables
from bandcamp_assets_tests.homes import BANDCAMP, TestHome
from bandcamp_assets_tests.raw_files import raw_row, write_csv

REAL_SALES = Path(__file__).parents[3] / "shared" / "data" / "real_sales_600.csv"
NAMES = list(KEYS)


@pytest.mark.skipif(not REAL_SALES.exists(), reason="the real rows are not part of the repository")
def test_the_real_sales_give_the_same_tables_in_both_deployments(cloud: Cloud, tmp_path: Path):
    local, gcp = TestHome(tmp_path / "local"), GcpHome(tmp_path / "gcp", cloud)

    for home in (local, gcp):
        home.run("--source", str(REAL_SALES))

    ours, theirs = tables(local, NAMES), tables(gcp, NAMES)
    assert [found for name in NAMES if (found := first_difference(name, ours[name], theirs[name]))] == []
    assert theirs["fct_sales"].height == 600


def test_a_run_outlives_a_killed_warehouse_and_a_kill_of_its_own(cloud: Cloud, tmp_path: Path):
    home = GcpHome(tmp_path / "home", cloud)
    home.run("--source", str(write_csv(tmp_path / "first.csv", [raw_row(number) for number in range(3)])))
    before = tables(home, ["fct_sales", "daily_sales"])
    second = write_csv(tmp_path / "second.csv", [raw_row(number) for number in range(2, 6)])

    stopped = _run_until_a_load(home, second)
    cloud.emulated.bigquery.kill()
    _, complaint = stopped.communicate(timeout=180)

    assert stopped.returncode == 1
    assert "Google Cloud cannot be reached" in complaint
    assert "what to do: see https://status.cloud.google.com" in complaint
    cloud.emulated.bigquery.start()
    left = tables(home, ["fct_sales", "daily_sales"])
    assert all(left[name].equals(before[name]) for name in left)

    killed = _run_until_a_load(home, second)
    killed.send_signal(signal.SIGKILL)
    killed.communicate(timeout=60)
    home.run("--source", str(second))

    assert home.ledger().holds
    assert tables(home, ["fct_sales"])["fct_sales"]["_id"].n_unique() == 6
    assert home.ledger().total("fct_sales").rows == 6
    assert home.ledger().total("duplicates").rows == 1


def _run_until_a_load(home: GcpHome, source: Path) -> subprocess.Popen[str]:
    """Start a run, and come back when it has asked for a load job."""
    before = len(home.loads())
    run = subprocess.Popen(
        [BANDCAMP, "run", "--source", str(source)],
        env=home.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while len(home.loads()) == before:
        assert run.poll() is None, run.communicate()[1]
        time.sleep(0.01)
    return run
