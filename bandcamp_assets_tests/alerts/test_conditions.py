"""The sensor on what is wrong without a run: gaps of the feed, closed inboxes, assets that are overdue."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest
from dagster._core.definitions.freshness import FreshnessState, FreshnessStateChange
from dagster._core.events import DagsterEvent

from bandcamp_assets.alerts.conditions import feed_gap_faults
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.sources.feed import PageStore
from bandcamp_assets.sources.raw_file import RawFile
from bandcamp_assets_tests.alerts.graph import Watched
from bandcamp_assets_tests.alerts.web_server import WebServer

DAY = 86_400.0
HOUR = 3_600


def test_a_feed_gap_is_told_once_and_when_it_is_filled(
    instance: dg.DagsterInstance, told: Settings, web: WebServer
) -> None:
    watched, now = Watched(instance, replace(told, feed=True)), int(time.time())
    cover(told, now - 5 * HOUR, now - 3 * HOUR)
    cover(told, now - 2 * HOUR, now)

    watched.tick()
    watched.tick()
    cover(told, now - 3 * HOUR, now - 2 * HOUR)
    watched.tick()
    watched.tick()

    gap, filled = web.texts()
    assert "60 minutes" in gap
    assert "recovered" in filled


def cover(settings: Settings, first: int, last: int) -> None:
    """Store a page that covers some time. Its name alone says which."""
    folder = PageStore(settings.home.feed).folder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{first}-{last}-0123456789ab.json.gz").touch()


@pytest.mark.parametrize(("days_ago", "faults"), [(29, 1), (31, 0)])
def test_a_gap_that_ended_more_than_a_month_ago_is_not_told(days_ago: int, faults: int) -> None:
    now = 1.77e9

    assert len(feed_gap_faults([(now - 60 * DAY, now - days_ago * DAY)], now)) == faults


def test_files_that_wait_in_the_inbox_of_a_sample_are_told_once_and_when_they_are_gone(
    watched: Watched, web: WebServer
) -> None:
    inbox = watched.settings.home.inbox
    inbox.mkdir(parents=True)
    watched.catalog.add_raw_file(
        RawFile(
            file_id="aaaa",
            name="sample.csv",
            stored_as="aaaa/sample.csv",
            origin="sample",
            synthetic=True,
            size=12,
            sha256="aaaa" * 16,
            arrived_at=datetime(2020, 10, 3, tzinfo=UTC),
        )
    )
    for name in ("a.csv", "b.csv"):
        (inbox / name).write_text("_id\n")
        os.utime(inbox / name, (0, 0))  # whole since long
        watched.tick()
    for name in ("a.csv", "b.csv"):
        (inbox / name).unlink()
    watched.tick()

    waiting, gone = web.texts()
    assert "This home holds sample sales, so its inbox takes no real files" in waiting
    assert "start afresh with FRESH=1" in waiting
    assert "recovered" in gone


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (FreshnessState.FAIL, "failed: late: It has not been materialized"),
        (FreshnessState.WARN, "warning: late: It will soon be older"),
    ],
)
def test_an_overdue_asset_is_told_and_its_recovery(
    instance: dg.DagsterInstance, told: Settings, web: WebServer, found: FreshnessState, said: str
) -> None:
    @dg.asset(freshness_policy=dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=1)))
    def late() -> None: ...

    watched = Watched(instance, told, [late])
    for state in (FreshnessState.PASS, found, found, FreshnessState.PASS):
        _report_freshness(instance, late.key, state)
        watched.tick()

    overdue, recovered = web.texts()
    assert said in overdue
    assert "recovered: late" in recovered


def _report_freshness(instance: dg.DagsterInstance, key: dg.AssetKey, state: FreshnessState) -> None:
    """Store what the freshness daemon would."""
    change = FreshnessStateChange(
        key=key,
        new_state=state,
        previous_state=FreshnessState.UNKNOWN,
        state_change_timestamp=datetime.now(UTC).timestamp(),
    )
    instance.report_dagster_event(
        run_id="",
        dagster_event=DagsterEvent(
            event_type_value=dg.DagsterEventType.FRESHNESS_STATE_CHANGE.value,
            job_name="",
            event_specific_data=change,
        ),
    )
