"""The live feed through the graph: pages are recorded before anything can fail, and each sale is counted once."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import dagster as dg
import duckdb
import pytest

from bandcamp_assets.defs.jobs import POLL
from bandcamp_assets.sources.feed import PageStore, Window
from bandcamp_assets_tests.defs.automation.robot import Robot
from bandcamp_assets_tests.homes import TestHome
from bandcamp_assets_tests.sources.feed.feed_faults import answer, honest, status
from bandcamp_assets_tests.sources.feed.feed_server import FeedServer
from bandcamp_assets_tests.sources.feed.generated_feed import ExpectedSales, GeneratedFeed

HOUR = 3600


def robot_of(home: TestHome, server: FeedServer) -> Robot:
    return Robot(
        home,
        {
            "BANDCAMP_FEED": "on",
            "BANDCAMP_FEED_URL": server.url,
            "BANDCAMP_FEED_CONTACT_URL": "https://data.example/contact",
            "BANDCAMP_FEED_PAUSE_SECONDS": "0",
            "BANDCAMP_FEED_SECONDS": "5",
        },
    )


def poll(robot: Robot) -> dg.ExecuteInProcessResult:
    return robot.execute(dg.RunRequest(run_config=POLL), "poll_feed")


def assert_counts(robot: Robot, expected: ExpectedSales) -> None:
    ledger = robot.home.ledger()
    assert ledger.holds
    assert ledger.total("fct_sales").rows == len(expected.cents)
    assert ledger.total("fct_sales").amount_paid_usd == Decimal(sum(expected.cents.values())) / 100
    with duckdb.connect(robot.home.root / "warehouse.duckdb", read_only=True) as connection:
        rows = connection.sql("select sale_date, sales, revenue_usd from bandcamp.daily_sales").fetchall()
    assert {day: (sales, usd) for day, sales, usd in rows} == {
        day: (sales, Decimal(cents) / 100) for day, (sales, cents) in expected.days.items()
    }


@pytest.mark.long
def test_polled_sales_are_in_the_marts_once_each_even_if_pages_overlap(home: TestHome):
    feed = GeneratedFeed(days=1.2, seed=4, sales_per_day=600)
    with FeedServer(feed, overlap_seconds=200, reach_back_seconds=48 * HOUR) as server:
        robot = robot_of(home, server)
        for _ in range(3):
            assert poll(robot).success
            server.clock.advance(10 * HOUR)
        last = poll(robot)
        runs = robot.work()

    (event,) = [
        event for event in last.get_asset_materialization_events() if event.asset_key == dg.AssetKey("feed_pages")
    ]
    shown = {name: value.value for name, value in event.materialization.metadata.items()}
    assert (shown["caught_up"], shown["new_gaps"]) == (True, 0)
    assert shown["new_pages"] == shown["new_files"] > 0
    assert runs == ["build_what_changed 2020-10-12 to 2020-10-13"]
    first = float(min(window.start_date for window in _windows(robot)))
    assert_counts(robot, feed.expected([(first, server.clock.now())]))
    (agent,) = {request.headers["user-agent"] for request in server.requests}
    assert "https://data.example/contact" in agent


def _windows(robot: Robot) -> list[Window]:
    return PageStore(robot.deployment.settings.home.feed).windows()


def test_pages_before_an_error_are_staged_and_a_lasting_error_is_one_clear_message(home: TestHome):
    feed = GeneratedFeed(days=0.3, seed=5, with_bad_items=False)
    with FeedServer(feed, reach_back_seconds=48 * HOUR) as server:
        robot = robot_of(home, server)
        assert poll(robot).success
        server.clock.advance(2 * HOUR)
        server.faults.extend([honest, answer(b"<html>Down for maintenance</html>")])
        first = poll(robot)
        server.faults.append(answer(b"<html>Down for maintenance</html>"))
        second = poll(robot)

    files = [file for file in robot.deployment.catalog.current_files() if file.origin.startswith("feed:")]
    assert (first.success, second.success) == (True, False)
    assert len(files) == len(robot.deployment.catalog.staged_files()) == 2
    (failure,) = second.filter_events(lambda event: event.is_step_failure)
    error = failure.step_failure_data.error
    while error.cause:
        error = error.cause
    assert "The feed answered with a web page, not with JSON" in error.message
    assert "what to do: check that BANDCAMP_FEED_URL is the feed's address" in error.message


def test_a_server_that_asks_for_a_pause_is_left_alone(home: TestHome):
    with FeedServer(GeneratedFeed(days=0.2, seed=6)) as server:
        robot = robot_of(home, server)
        server.faults.append(status(429, Retry_After="3600"))
        first = poll(robot)
        asked = len(server.requests)
        second = poll(robot)

    assert not first.success
    assert not second.success
    assert len(server.requests) == asked
    assert "has asked for a pause until" in str(robot.schedule("live_feed"))


@pytest.mark.long
def test_bad_items_are_rejected_with_their_text(home: TestHome):
    feed = GeneratedFeed(days=0.3, seed=8, sales_per_day=2000)
    with FeedServer(feed, overlap_seconds=0, repeat_every=0, reach_back_seconds=48 * HOUR) as server:
        robot = robot_of(home, server)
        poll(robot)
        server.clock.advance(5 * HOUR)
        poll(robot)
        robot.work()

    first = float(min(window.start_date for window in _windows(robot)))
    expected = feed.expected([(first, min(server.clock.now(), feed.end_second))])
    assert expected.rejected
    assert Counter(robot.home.ledger().rejected) == expected.rejected
