"""Every sensor and schedule without a daemon: when it asks for a run, and why it does not."""

from __future__ import annotations

import os
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from bandcamp_assets.defs.assets.archive import raw_objects
from bandcamp_assets.defs.resources import landing_resources
from bandcamp_assets.defs.selections import AFTER_DAYS, REFERENCE
from bandcamp_assets.defs.sensors.build_what_changed import _PAUSES
from bandcamp_assets.defs.sensors.dropped_files import LISTING_SECONDS, _to_look_at
from bandcamp_assets.sources.feed import PageStore
from bandcamp_assets.sources.inbox import Inboxes, LocalInbox
from bandcamp_assets.state.catalog import Layer, Part
from bandcamp_assets.system.instance.local import open_instance
from bandcamp_assets_tests.defs.automation.robot import Robot
from bandcamp_assets_tests.homes import TestHome
from bandcamp_assets_tests.raw_files import raw_row, write_csv

UPKEEP = ("rebuild_marts", "clean_up", "reconcile")


pytestmark = pytest.mark.xdist_group("two days")


@pytest.fixture
def built_robot(two_days: TestHome) -> Robot:
    """A robot on a home with two built days."""
    return Robot(two_days)


@dg.job
def busy() -> None:
    """Nothing."""


def test_all_rules_exist_and_are_on_unless_they_call_other_servers(robot: Robot):
    sensors = {sensor.name: sensor.default_status.value for sensor in robot.definitions.sensors or ()}
    schedules = {schedule.name: schedule.default_status.value for schedule in robot.definitions.schedules or ()}

    running = ("dropped_files", "build_what_changed", "archive_raw_files", "crashed_runs", "alerts", "openlineage")
    assert sensors == dict.fromkeys(running, "RUNNING")
    assert schedules == {"live_feed": "STOPPED"} | dict.fromkeys(
        (f"{name}_schedule" for name in UPKEEP), "RUNNING"
    )
    assert all(schedule.execution_timezone == "UTC" for schedule in robot.definitions.schedules or ())


def test_raw_files_are_archived_on_the_hour_if_some_have_landed(built_robot: Robot, tmp_path: Path):
    upstream = [dg.AssetSpec("raw_sales"), dg.AssetSpec("feed_pages")]
    definitions = dg.Definitions(
        assets=[*upstream, raw_objects], resources=landing_resources(built_robot.deployment)
    )
    with dg.DagsterInstance.local_temp(str(tmp_path), overrides={"telemetry": {"enabled": False}}) as instance:
        cursor, asked = None, []
        for minute in range(150):
            if minute == 70:
                instance.report_runless_asset_event(dg.AssetMaterialization("feed_pages"))
            result = dg.evaluate_automation_conditions(
                definitions,
                instance,
                evaluation_time=datetime(2026, 1, 1, 0, 30, tzinfo=UTC) + timedelta(minutes=minute),
                cursor=cursor,
            )
            cursor = result.cursor
            if result.total_requested:
                asked.append(minute)

    assert asked == [90]


def test_upkeep_waits_until_something_is_built(robot: Robot):
    for name in UPKEEP:
        assert robot.schedule(f"{name}_schedule") == "Nothing has been built yet"


@pytest.mark.parametrize("name", UPKEEP)
def test_upkeep_does_its_work(built_robot: Robot, name: str):
    request = built_robot.schedule(f"{name}_schedule")
    assert isinstance(request, dg.RunRequest)

    result = built_robot.execute(request, name)

    assert result.success
    assert built_robot.home.ledger().holds
    materialized = {key.to_user_string() for key in _materialized(result)}
    checked = {one.check_name for one in result.get_asset_check_evaluations()}
    if name == "rebuild_marts":
        assert {"daily_sales", "artist_sales", "ledger"} <= materialized
        assert "fct_sales" not in materialized
    if name == "reconcile":
        assert materialized == {"ledger"}
        assert {"the_fact_holds_the_sales", "raw_rows_are_staged_or_rejected"} <= checked


def _materialized(result: dg.ExecuteInProcessResult) -> set[dg.AssetKey]:
    return {event.asset_key for event in result.get_asset_materialization_events() if event.asset_key}


def test_sensors_wait_while_a_run_is_at_work(built_robot: Robot):
    delivered = write_csv(built_robot.home.root / "inbox" / "later.csv", [raw_row(5)])
    os.utime(delivered, (2, 2))
    with open_instance(built_robot.deployment.settings.home) as instance:
        run = instance.create_run_for_job(busy)
        try:
            assert built_robot.sensor("dropped_files") == "1 files wait for 1 runs to end"
        finally:
            instance.report_run_failed(run)
    delivered.unlink()


def test_a_failed_landing_is_tried_again_after_a_while(robot: Robot):
    path = write_csv(robot.home.root / "inbox" / "a.csv", [raw_row(1)])
    os.utime(path, (1, 1))
    request = robot.sensor("dropped_files")
    assert isinstance(request, dg.RunRequest)
    with open_instance(robot.deployment.settings.home) as instance:
        instance.report_run_failed(instance.create_run_for_job(busy, tags=dict(request.tags)))

    again = robot.sensor("dropped_files")

    assert isinstance(again, str)
    assert re.fullmatch(r"Landing 1 files has failed; again in (5\d|60) seconds", again)


def fail_often(robot: Robot, sensor: str) -> None:
    """Let a sensor's request fail six times."""
    request = robot.sensor(sensor)
    assert isinstance(request, dg.RunRequest)
    with open_instance(robot.deployment.settings.home) as instance:
        for _ in range(6):
            instance.report_run_failed(instance.create_run_for_job(busy, tags=dict(request.tags)))


@pytest.mark.parametrize("same_size", [True, False])
def test_a_corrected_file_is_landed_at_once_even_if_the_earlier_one_failed(robot: Robot, same_size: bool):
    path = write_csv(robot.home.root / "inbox" / "a.csv", [raw_row(1)])
    os.utime(path, (1, 1))
    fail_often(robot, "dropped_files")
    assert isinstance(robot.sensor("dropped_files"), str)

    write_csv(path, [raw_row(2)] if same_size else [raw_row(2), raw_row(3)])
    os.utime(path, (2, 2))

    assert isinstance(robot.sensor("dropped_files"), dg.RunRequest)


def land_inbox(robot: Robot) -> None:
    request = robot.sensor("dropped_files")
    assert isinstance(request, dg.RunRequest)
    assert robot.execute(request, "land").success


def test_a_day_is_built_at_once_from_corrected_rows_even_if_it_failed_with_the_earlier_ones(robot: Robot):
    path = write_csv(robot.home.root / "inbox" / "a.csv", [raw_row(1)])
    os.utime(path, (1, 1))
    land_inbox(robot)
    fail_often(robot, "build_what_changed")
    assert isinstance(robot.sensor("build_what_changed"), str)

    write_csv(path, [raw_row(2)])
    os.utime(path, (2, 2))
    land_inbox(robot)

    assert isinstance(robot.sensor("build_what_changed"), dg.RunRequest)


@pytest.mark.parametrize(
    "content",
    [None, *(pytest.param(damaged, marks=pytest.mark.long) for damaged in (b"", b"not a database" * 500))],
    ids=["gone", "empty", "garbage"],
)
def test_a_lost_catalog_is_rebuilt_by_the_next_tick(robot: Robot, content: bytes | None):
    path = write_csv(robot.home.root / "inbox" / "a.csv", [raw_row(1)])
    os.utime(path, (1, 1))
    request = robot.sensor("dropped_files")
    assert isinstance(request, dg.RunRequest)
    assert robot.execute(request, "land").success
    known = robot.deployment.catalog.raw_files()
    catalog = robot.deployment.settings.home.catalog
    catalog.unlink() if content is None else catalog.write_bytes(content)

    building = robot.sensor("build_what_changed")
    asked = robot.sensor("dropped_files")

    assert building == "Everything is up to date"
    assert isinstance(asked, dg.RunRequest)
    assert robot.execute(asked, "land").success
    assert robot.deployment.catalog.raw_files() == known
    assert robot.sensor("dropped_files") == "No complete file waits"
    assert isinstance(robot.sensor("build_what_changed"), dg.RunRequest)


def test_marts_and_report_must_be_fresh_and_what_the_feed_feeds_only_if_the_feed_is_on(robot: Robot):
    off, on = robot, Robot(robot.home, {"BANDCAMP_FEED": "on"})
    graphs = [each.definitions.resolve_asset_graph() for each in (off, on)]

    with_policy = [{node.key for node in graph.asset_nodes if node.freshness_policy} for graph in graphs]

    every = graphs[0].executable_asset_keys
    report = AFTER_DAYS.resolve(graphs[0]) & every
    assert with_policy == [report, every - REFERENCE.resolve(graphs[0]) - {dg.AssetKey("raw_sales")}]
    live_feed = on.definitions.resolve_schedule_def("live_feed")
    assert live_feed.default_status == dg.DefaultScheduleStatus.RUNNING


def test_the_feed_is_polled_one_poll_at_a_time_and_not_while_the_server_wants_a_pause(robot: Robot):
    assert isinstance(robot.schedule("live_feed"), dg.RunRequest)
    store = PageStore(robot.deployment.settings.home.feed)
    store.folder.mkdir(parents=True)

    store.rest_until(datetime.now(UTC) + timedelta(hours=1))
    asked_to_wait = robot.schedule("live_feed")
    store.rest_until(None)
    with open_instance(robot.deployment.settings.home) as instance:
        instance.create_run_for_job(robot.definitions.resolve_job_def("poll_feed"))
    busy_polling = robot.schedule("live_feed")

    assert "has asked for a pause until" in str(asked_to_wait)
    assert busy_polling == "The last poll has not ended yet"


def test_the_marts_wait_if_they_are_built_only_now_and_then(two_days: TestHome, monkeypatch: pytest.MonkeyPatch):
    robot = Robot(two_days, {"BANDCAMP_MARTS": "hourly"})
    catalog = robot.deployment.catalog
    catalog.record_built(Part.MARTS, "of earlier sales")

    waiting = robot.sensor("build_what_changed")
    catalog.record_content(Layer.WAREHOUSE, {date(2020, 9, 9): "of other sales"})
    days_alone = robot.sensor("build_what_changed")
    monkeypatch.setitem(_PAUSES, "hourly", timedelta())
    due = robot.sensor("build_what_changed")

    assert waiting == "The marts are not of the latest sales; they are built hourly"
    assert isinstance(days_alone, dg.RunRequest)
    assert isinstance(due, dg.RunRequest)
    asked = [{key.to_user_string() for key in request.asset_selection or ()} for request in (days_alone, due)]
    assert asked[0] & {"fct_sales", "daily_sales", "ledger", "data_package"} == {"fct_sales"}
    assert asked[1] & {"fct_sales", "daily_sales", "ledger", "data_package"} == {
        "fct_sales",
        "daily_sales",
        "ledger",
        "data_package",
    }


def test_a_bucket_is_looked_at_every_five_minutes_and_a_folder_each_time(tmp_path: Path):
    folder, bucket = LocalInbox(tmp_path / "folder"), LocalInbox(tmp_path / "bucket")
    bucket.is_local = False
    inboxes = Inboxes((folder, bucket))

    first = dg.build_sensor_context()
    at_first = _to_look_at(first, inboxes)
    assert first.cursor
    soon = _to_look_at(dg.build_sensor_context(cursor=first.cursor), inboxes)
    later = _to_look_at(dg.build_sensor_context(cursor=str(float(first.cursor) - LISTING_SECONDS)), inboxes)

    assert (at_first, soon, later) == ((folder, bucket), (folder,), (folder, bucket))
