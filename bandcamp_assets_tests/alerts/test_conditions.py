"""The sensor on what is wrong without a run: gaps of the feed, assets that are overdue."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest
from dagster._core.definitions.freshness import FreshnessState, FreshnessStateChange
from dagster._core.events import DagsterEvent

from bandcamp_assets.alerts import closed_inboxes
from bandcamp_assets.alerts.feed_gaps import SOURCE, feed_gap_faults
from bandcamp_assets.alerts.sensor import FaultSource, build_alert_sensor
from bandcamp_assets.alerts.settings import AlertSettings
from bandcamp_assets_tests.alerts.graph import Watched
from bandcamp_assets_tests.alerts.web_server import WebServer


def test_a_feed_gap_is_told_once_and_when_it_is_filled(instance: dg.DagsterInstance, web: WebServer) -> None:
    gaps = [(datetime.now(UTC) - timedelta(hours=3), datetime.now(UTC) - timedelta(hours=2))]
    source = FaultSource(SOURCE, lambda _context: feed_gap_faults(gaps, datetime.now(UTC)))
    settings = AlertSettings.from_env({"BANDCAMP_ALERTS": "webhook", "BANDCAMP_ALERT_WEBHOOK_URL": web.url})
    watched = Watched(instance, settings, [source])

    watched.tick()
    gaps.clear()
    watched.tick()
    watched.tick()

    told, filled = web.texts()
    assert "60 minutes" in told
    assert "recovered" in filled


@pytest.mark.parametrize(("ended", "told"), [(29, 1), (31, 0)])
def test_a_gap_that_ended_more_than_a_month_ago_is_no_news(ended: int, told: int) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)

    assert len(feed_gap_faults([(now - timedelta(days=60), now - timedelta(days=ended))], now)) == told


def test_files_that_wait_in_the_inbox_of_a_sample_are_told_once_and_when_they_are_gone(
    instance: dg.DagsterInstance, web: WebServer
) -> None:
    waiting = [3]
    source = FaultSource(
        closed_inboxes.SOURCE,
        lambda _context: closed_inboxes.closed_inbox_faults(waiting[0], datetime.now(UTC)),
    )
    settings = AlertSettings.from_env({"BANDCAMP_ALERTS": "webhook", "BANDCAMP_ALERT_WEBHOOK_URL": web.url})
    watched = Watched(instance, settings, [source])

    for waiting[0] in (3, 4, 0):
        watched.tick()

    told, gone = web.texts()
    assert "This home holds sample sales, so its inbox takes no real files" in told
    assert "start afresh with FRESH=1" in told
    assert "recovered" in gone


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (FreshnessState.FAIL, "failed: late: It has not been materialized"),
        (FreshnessState.WARN, "warning: late: It will soon be older"),
    ],
)
def test_an_overdue_asset_is_told_and_its_recovery(
    instance: dg.DagsterInstance, web: WebServer, found: FreshnessState, said: str
) -> None:
    @dg.asset(freshness_policy=dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=1)))
    def late() -> None: ...

    settings = AlertSettings.from_env({"BANDCAMP_ALERTS": "webhook", "BANDCAMP_ALERT_WEBHOOK_URL": web.url})
    sensor = build_alert_sensor(settings)
    definitions = dg.Definitions(assets=[late], sensors=[sensor])
    cursor: str | None = None
    for state in (FreshnessState.PASS, found, found, FreshnessState.PASS):
        _report_freshness(instance, late.key, state)
        with dg.build_sensor_context(instance=instance, cursor=cursor, definitions=definitions) as context:
            cursor = sensor.evaluate_tick(context).cursor

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
