"""A week of the feed with errors, overlaps and gaps. Processes that poll and build are killed at random moments.

With `SOAK=1` the pages are of two minutes, over 5,000 of them. Otherwise they are of an hour.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from decimal import Decimal

import duckdb
import pytest

from bandcamp_assets.sources.feed import PageStore
from bandcamp_assets_tests.homes import TestHome
from bandcamp_assets_tests.patience import PATIENCE_SECONDS
from bandcamp_assets_tests.sources.feed.feed_faults import now_and_then
from bandcamp_assets_tests.sources.feed.feed_server import FeedServer
from bandcamp_assets_tests.sources.feed.generated_feed import GeneratedFeed

SOAK = os.environ.get("SOAK") == "1"
PAGE_SECONDS, ROUNDS, SALES_A_DAY = (120, 24, 2000) if SOAK else (3600, 7, 300)
DAY = 86_400


def start(home: TestHome, url: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "bandcamp_assets_tests.defs.automation.feed_day", str(home.root), url],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.long
@pytest.mark.timeout(3600 if SOAK else 600)
def test_a_week_of_the_feed_has_the_expected_counts_of_the_covered_time_whatever_is_killed(home: TestHome):
    chance = random.Random(2)  # noqa: S311
    feed = GeneratedFeed(days=7, seed=9, sales_per_day=SALES_A_DAY)
    server = FeedServer(
        feed,
        page_seconds=PAGE_SECONDS,
        overlap_seconds=30,
        reach_back_seconds=1.5 * DAY,
        fault_source=now_and_then(6, 0.02),
    )
    killed = 0
    with server:
        for number in range(ROUNDS):
            # Once it sleeps longer than the feed remembers, which makes a gap.
            server.clock.advance(7 * DAY / (ROUNDS + 1) + (DAY if number == ROUNDS // 2 else 0))
            process = start(home, server.url)
            assert process.stdout
            assert process.stdout.readline() == "ready\n", process.communicate()
            try:
                process.wait(chance.uniform(0.5, 9))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                killed += 1
            process.communicate()
        server.clock.advance(7 * DAY)
        codes = []
        while not codes or codes[-1] != 0:
            process = start(home, server.url)
            errors = process.communicate(timeout=PATIENCE_SECONDS)[1]
            codes.append(process.returncode)
            assert len(codes) < 6, errors[-3000:]

    # The rules wait after failures, and killed runs are failures. A person does not have to wait.
    home.run()

    assert killed >= ROUNDS // 3
    windows = PageStore(home.deployment.settings.home.feed).windows()
    expected = feed.expected((float(window.start_date), float(window.end_date)) for window in windows)
    ledger = home.ledger()
    assert ledger.holds
    assert ledger.total("fct_sales").rows == len(expected.cents) > SALES_A_DAY
    assert ledger.total("fct_sales").amount_paid_usd == Decimal(sum(expected.cents.values())) / 100
    assert ledger.total("duplicates").rows > 0
    with duckdb.connect(home.root / "warehouse.duckdb", read_only=True) as connection:
        rows = connection.sql("select sale_date, sales, revenue_usd from bandcamp.daily_sales").fetchall()
    assert {day: (sales, usd) for day, sales, usd in rows} == {
        day: (sales, Decimal(cents) / 100) for day, (sales, cents) in expected.days.items()
    }
    assert not list((home.root / "scratch").iterdir())
