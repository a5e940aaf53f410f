"""The server that plays a feed gives the same feed for the same seed, also as a process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

from bandcamp_assets.sources.feed import FeedClient, PageStore, poll
from bandcamp_assets_tests.sources.feed.generated_feed import FIRST_SECOND, GeneratedFeed


def test_the_same_seed_gives_the_same_feed() -> None:
    first, second = GeneratedFeed(days=0.5, seed=1), GeneratedFeed(days=0.5, seed=1)

    assert first.events == second.events
    assert first.events != GeneratedFeed(days=0.5, seed=2).events


def test_the_sales_of_two_halves_are_those_of_the_whole() -> None:
    feed = GeneratedFeed(days=1, seed=1)
    middle = FIRST_SECOND + 40_000

    before, behind = feed.expected([(0, middle)]), feed.expected([(middle, feed.end_second)])

    assert before.cents | behind.cents == feed.expected().cents
    assert before.rejected + behind.rejected == feed.expected().rejected
    assert min(feed.expected().rejected.values()) >= 1


def test_it_runs_as_a_process_and_serves_the_expected_sales(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "bandcamp_assets_tests.sources.feed.feed_server",
        "--days",
        "0.5",
        "--speed",
        "0",
    ]
    repository = Path(__file__).parents[3]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=repository) as process:
        try:
            assert process.stdout
            url = process.stdout.readline().strip()
            root = url.removesuffix("/api/salesfeed/1")
            now = json.load(urlopen(f"{root}/advance?seconds=3600"))  # noqa: S310
            with FeedClient(url) as client:
                result = poll(PageStore(tmp_path), client, pause_seconds=0)
            served = json.load(urlopen(f"{root}/expected?start=0&end={now}"))  # noqa: S310
        finally:
            process.kill()

    assert (result.error, result.cursor) == (None, now)
    expected = GeneratedFeed(days=0.5, seed=1).expected([(0, now)])
    assert served == json.loads(expected.to_json())
    assert served["sales"] > 0
