"""A backfill of many days, limited in its rate and killed on its way, loads every day and repeats only some.

`BACKFILL_DAYS=2270` tells it at the size of the whole feed; see infra/SCALE.md.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from bandcamp_assets.defs.assets.warehouse import DAYS_A_RECORD
from bandcamp_assets.storage.warehouse.bigquery import LOADS_AT_A_TIME
from bandcamp_assets_tests.emulators.faults import Answer, JobFailed
from bandcamp_assets_tests.homes import BANDCAMP
from bandcamp_assets_tests.patience import PATIENCE_SECONDS
from bandcamp_assets_tests.raw_files import raw_row, write_csv
from bandcamp_assets_tests.storage.google_cloud.conftest import Cloud
from bandcamp_assets_tests.storage.google_cloud.deployment import GcpHome

pytestmark = pytest.mark.long

DAYS_BETWEEN_LIMITS = 20
DAYS = int(os.environ.get("BACKFILL_DAYS", "150"))
PATIENCE = PATIENCE_SECONDS * max(1, DAYS // 500)


def test_a_backfill_gets_over_rate_limits_and_a_kill_and_repeats_no_recorded_day(
    cloud: Cloud, tmp_path: Path
) -> None:
    home = GcpHome(tmp_path / "home", cloud)
    source = write_csv(tmp_path / "sales.csv", [raw_row(day * 86_400) for day in range(DAYS)])
    started = time.monotonic()

    said = tmp_path / "said.txt"
    command = [BANDCAMP, "run", "--source", source]
    with said.open("w") as file:
        killed = subprocess.Popen(command, env=home.environment(), stdout=file, stderr=file)
    limited = 0
    while (asked := len(home.loads())) < DAYS * 0.8:
        assert killed.poll() is None, said.read_text()
        assert time.monotonic() < started + PATIENCE
        if asked > DAYS_BETWEEN_LIMITS * limited:
            cloud.bigquery.inject(Answer(429), method="POST", path=r"/jobs(\?|$)")
            cloud.bigquery.inject(JobFailed("rateLimitExceeded"), method="GET", path="/jobs/bandcamp-load-")
            limited += 1
        time.sleep(0.05 * max(1, DAYS // 150))
    killed.send_signal(signal.SIGKILL)
    killed.wait(PATIENCE_SECONDS)
    before = [load["destinationTable"]["tableId"] for load in home.loads()]
    done = subprocess.run(command, env=home.environment(), capture_output=True, check=False, timeout=PATIENCE)

    assert done.returncode == 0, done.stderr
    days = Counter(load["destinationTable"]["tableId"] for load in home.loads())
    again = len({load["destinationTable"]["tableId"] for load in home.loads()[len(before) :]} & set(before))
    print(
        f"{DAYS} days: {len(before)} requests of loads until the kill, {sum(days.values())} in all,"
        f" {2 * limited} limited, {again} repeated, {time.monotonic() - started:.0f} s"
    )
    assert len(days) == DAYS
    assert again <= len(set(before)) % DAYS_A_RECORD + LOADS_AT_A_TIME
    assert home.ledger().holds
    assert home.ledger().total("fct_sales").rows == DAYS
