"""The server that plays a feed is one to rely on: the same for the same seed, and a process of its own."""

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


def test_the_truth_of_two_halves_is_the_truth_of_the_whole() -> None:
    feed = GeneratedFeed(days=1, seed=1)
    middle = FIRST_SECOND + 40_000

    before, behind = feed.truth([(0, middle)]), feed.truth([(middle, feed.end_second)])

    assert before.cents | behind.cents == feed.truth().cents
    assert before.rejected + behind.rejected == feed.truth().rejected
    assert min(feed.truth().rejected.values()) >= 1


def test_it_serves_as_a_process_and_tells_the_truth(tmp_path: Path) -> None:
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
            truth = json.load(urlopen(f"{root}/truth?start=0&end={now}"))  # noqa: S310
        finally:
            process.kill()

    assert (result.error, result.cursor) == (None, now)
    expected = GeneratedFeed(days=0.5, seed=1).truth([(0, now)])
    assert truth == json.loads(expected.to_json())
    assert truth["sales"] > 0
