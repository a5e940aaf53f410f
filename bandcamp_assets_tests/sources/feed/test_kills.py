"""Days of feed are polled while the process is killed again and again: no sale is lost or doubled.

`FEED_TEST_KILLS` and `FEED_TEST_DAYS` make it longer.
"""

# A Decimal equals an int, which mypy does not believe inside a tuple.
# mypy: disable-error-code="comparison-overlap"

from __future__ import annotations

import itertools
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

import bandcamp_assets
from bandcamp_assets.lake.cleaning import clean_day
from bandcamp_assets.sources.feed import PageStore, Window, coverage
from bandcamp_assets.sources.feed.store import read_stored
from bandcamp_assets_tests.patience import PATIENCE_SECONDS
from bandcamp_assets_tests.sources.feed.conftest import poll_once
from bandcamp_assets_tests.sources.feed.feed_faults import PASSING_FAULTS, now_and_then
from bandcamp_assets_tests.sources.feed.feed_server import FeedServer
from bandcamp_assets_tests.sources.feed.generated_feed import SECONDS_A_DAY, ExpectedSales, GeneratedFeed
from bandcamp_assets_tests.sources.feed.items import stage_page

KILLS = int(os.environ.get("FEED_TEST_KILLS", "10"))
DAYS = float(os.environ.get("FEED_TEST_DAYS", "2"))
PAGE_SECONDS = 1800

POLLER = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from bandcamp_assets.sources.feed import FeedClient, PageStore, Patience, poll

url, folder, now, left = sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
WATCHED = {"open", "os.rename", "os.remove", "os.listdir", "os.scandir", "os.mkdir", "socket.connect"}

def count(event, arguments):
    # Kills the process just before the n-th use of a file or the network.
    global left
    if event in WATCHED:
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

patience = Patience(first_wait_seconds=0.01, total_seconds=600)
with FeedClient(url, patience=patience) as client:
    sys.addaudithook(count)
    poll(PageStore(Path(folder)), client, pause_seconds=0, now=lambda: datetime.fromtimestamp(now, UTC))
left = -1
"""


def poll_and_die(server: FeedServer, store: PageStore, after: int) -> int:
    """Poll in a process that is killed at its n-th use of disk or network. Return its status."""
    arguments = [server.url, str(store.folder), str(server.clock.now()), str(after)]
    environment = {**os.environ, "PYTHONPATH": str(Path(bandcamp_assets.__file__).parents[1])}
    return subprocess.run(
        [sys.executable, "-c", POLLER, *arguments], env=environment, check=False, timeout=PATIENCE_SECONDS
    ).returncode


def stage_all(store: PageStore, lake: Path) -> pl.DataFrame:
    """Stage every stored page like the platform, in the order of the names. Return the cleaned sales."""
    for number, path in enumerate(sorted(store.folder.glob("[0-9]*.json.gz"))):
        scratch = lake / "scratch" / str(number)
        scratch.mkdir(parents=True)
        staged = stage_page(
            read_stored(path),
            file_id=path.name.removesuffix(".json.gz"),
            arrived_at=datetime.now(UTC),
            lake=lake,
            scratch=scratch,
        )
        assert staged.raw_rows == sum(day.rows for day in staged.days) + sum(staged.rejected.values())
    days = sorted((lake / "staged_sales").iterdir())
    return pl.concat([clean_day([pl.scan_parquet(path) for path in sorted(day.iterdir())]).sales for day in days])


def assert_as_expected(sales: pl.DataFrame, expected: ExpectedSales) -> None:
    cents = dict(zip(sales["_id"], (sales["amount_paid_usd"] * 100).cast(pl.Int64), strict=True))
    assert cents == expected.cents
    by_day = sales.group_by("sale_date").agg(pl.len().alias("sales"), pl.col("amount_paid_usd").sum())
    found: dict[date, tuple[int, Decimal]] = {day: (rows, usd) for day, rows, usd in by_day.rows()}
    assert found == {day: (rows, Decimal(money).scaleb(-2)) for day, (rows, money) in expected.days.items()}


def rejected_once(lake: Path) -> Counter[str]:
    """Rejected rows by reason. A raw item in several pages is counted once."""
    rejected = pl.read_parquet(lake / "rejected_sales" / "*.parquet").unique("raw_text")
    return Counter(rejected["reason"].to_list())


def test_a_poll_killed_at_any_moment_loses_and_doubles_nothing(store: PageStore, tmp_path: Path) -> None:
    feed = GeneratedFeed(days=DAYS, seed=11, sales_per_day=700)
    chance = random.Random(3)  # noqa: S311
    server = FeedServer(
        feed,
        page_seconds=PAGE_SECONDS,
        overlap_seconds=300,
        reach_back_seconds=10 * SECONDS_A_DAY,
        fault_source=lambda: chance.choice(PASSING_FAULTS) if chance.random() < 0.05 else None,
    )
    killed = 0
    with server:
        assert poll_once(server, store).error is None
        step = (feed.end_second - server.clock.now()) / KILLS
        for _ in range(KILLS):
            server.clock.advance(step)
            killed += poll_and_die(server, store, after=chance.randrange(2, 60)) == -signal.SIGKILL
        last = poll_once(server, store)

    assert killed >= KILLS // 2
    assert (last.error, last.caught_up) == (None, True)
    covered = coverage(store.windows())
    assert (covered.gaps, covered.cursor) == ((), feed.end_second)
    assert not list(store.folder.glob("*.part"))
    assert not store.unsettled()
    first_page = float(min(store.windows()).start_date)
    expected = feed.expected([(first_page, feed.end_second)])
    assert_as_expected(stage_all(store, tmp_path / "lake"), expected)
    assert rejected_once(tmp_path / "lake") == expected.rejected


def test_a_poll_may_be_killed_at_each_step_of_storing_a_page(store: PageStore, tmp_path: Path) -> None:
    feed = GeneratedFeed(days=0.1, seed=2)
    with FeedServer(feed) as server:
        for after in range(2, 22, 3):
            server.clock.advance(600)
            assert poll_and_die(server, store, after) == -signal.SIGKILL
        result = poll_once(server, store)

    end = int(server.clock.now())
    assert (result.cursor, coverage(store.windows()).gaps) == (end, ())
    expected = feed.expected([(float(min(store.windows()).start_date), end)])
    assert_as_expected(stage_all(store, tmp_path / "lake"), expected)


@pytest.mark.long
def test_a_week_of_errors_gaps_and_overlaps_gives_the_sales_of_the_covered_time(
    store: PageStore, tmp_path: Path
) -> None:
    feed = GeneratedFeed(days=7, seed=7, sales_per_day=200)
    server = FeedServer(
        feed,
        page_seconds=3600,
        overlap_seconds=200,
        reach_back_seconds=6 * 3600,
        fault_source=now_and_then(5, 0.1),
    )
    chance = random.Random(1)  # noqa: S311
    gaps: list[Window] = []
    with server:
        poll_once(server, store)
        while server.clock.now() < feed.end_second:
            # Mostly often enough, but sometimes the pause is longer than the feed remembers.
            server.clock.advance(chance.choice((3600, 3600, 7200, 7200, 10 * 3600)))
            gaps += poll_once(server, store).gaps
        last = next(result for result in (poll_once(server, store) for _ in itertools.count()) if result.caught_up)
        gaps += last.gaps

    covered = coverage(store.windows())
    assert list(covered.gaps) == gaps
    assert gaps
    assert covered.overlaps
    expected = feed.expected((float(window.start_date), float(window.end_date)) for window in store.windows())
    assert len(expected.cents) < len(feed.expected().cents)
    assert_as_expected(stage_all(store, tmp_path / "lake"), expected)
    assert rejected_once(tmp_path / "lake") == expected.rejected
