"""The sensor on really failing runs: what is told, what is not, and that nothing stops it."""

from __future__ import annotations

import json
import time
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin

from bandcamp_assets.alerts.fault import Days, Fault
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.system.instance.local import process_tag
from bandcamp_assets_tests.alerts.graph import Watched, disk_full
from bandcamp_assets_tests.alerts.web_server import WebServer

CLOCK = "bandcamp_assets.defs.sensors.alerts.time.time"
HOUR = 3_600.0


def test_nothing_is_told_where_nothing_fails(watched: Watched, web: WebServer) -> None:
    watched.run("whole")

    watched.tick()

    assert web.texts() == []


def test_a_failed_step_is_told_in_the_words_of_its_error_with_a_link_to_the_run(
    watched: Watched, web: WebServer
) -> None:
    watched.weather.daily = disk_full("/data/home")
    run = watched.run("daily", "2020-09-10")

    watched.tick()

    (text,) = web.texts()
    assert "No space left" in text
    assert "where: /data/home" in text
    assert "what to do: free some space" in text
    assert f"https://dagster.example/runs/{run.run_id}" in text
    assert "2020-09-10" in text
    assert "Traceback" not in text
    assert "Stack Trace" not in text


def test_an_error_that_is_none_of_ours_is_told_too(watched: Watched, web: WebServer) -> None:
    watched.weather.daily = ZeroDivisionError("division by zero")
    watched.run("daily", "2020-09-10")

    watched.tick()

    (text,) = web.texts()
    assert "ZeroDivisionError: division by zero" in text


def test_a_blocking_check_is_told_once_though_its_step_fails_as_well(watched: Watched, web: WebServer) -> None:
    watched.weather.hard_passes = False
    assert not watched.run("whole").success

    watched.tick()

    (text,) = web.texts()
    assert "3 days differ; 2020-09-09: 7 rows are missing" in text
    assert "asset whole, check hard" in text


def test_a_check_that_only_warns_is_told_though_the_run_succeeds(watched: Watched, web: WebServer) -> None:
    watched.weather.soft_passes = False
    assert watched.run("whole").success

    watched.tick()

    (text,) = web.texts()
    assert "warning: whole, check soft: 2 rows look odd" in text


def test_the_same_fault_is_told_once_and_its_end_once(watched: Watched, web: WebServer) -> None:
    watched.weather.daily = disk_full()
    for _ in range(5):
        watched.run("daily", "2020-09-10")
        watched.tick()
    watched.weather.daily = None
    for _ in range(2):
        watched.run("daily", "2020-09-10")
        watched.tick()

    failed, recovered = web.texts()
    assert "failed: daily" in failed
    assert "recovered: daily" in recovered
    assert "5 times" in recovered


def test_another_day_that_passes_does_not_end_a_fault(watched: Watched, web: WebServer) -> None:
    watched.weather.daily = disk_full()
    watched.run("daily", "2020-09-10")
    watched.weather.daily = None
    watched.run("daily", "2020-09-11")

    watched.tick()

    assert [text for text in web.texts() if "recovered" in text] == []


@pytest.mark.parametrize(("what", "said"), [("step", "No space left"), ("check", "2 rows look odd")])
def test_a_fault_of_an_asset_without_days_ends_with_its_next_run_whatever_days_that_is_about(
    watched: Watched, web: WebServer, what: str, said: str
) -> None:
    first, other = (
        {"dagster/asset_partition_range_start": day, "dagster/asset_partition_range_end": day}
        for day in ("2020-09-10", "2020-09-11")
    )
    watched.weather.whole = disk_full() if what == "step" else None
    watched.weather.soft_passes = what == "step"
    watched.run("whole", tags=first)
    watched.tick()
    watched.weather.whole, watched.weather.soft_passes = None, True
    watched.run("whole", tags=other)
    watched.tick()

    told, recovered = web.texts()
    assert said in told
    assert "recovered: whole" in recovered


def test_a_fault_that_goes_on_is_told_again_after_the_hours_that_are_set(
    watched: Watched, web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched.weather.daily = disk_full()
    began, told = time.time(), []
    for hours in (0, 23, 25):
        watched.run("daily", "2020-09-10")
        with monkeypatch.context() as patch:
            patch.setattr(CLOCK, lambda hours=hours: began + hours * HOUR)
            watched.tick()
        told.append(web.texts())

    first, quiet, again = told
    assert (len(first), len(quiet), len(again)) == (1, 0, 1)
    assert "still failing: daily" in again[0]


def test_what_failed_and_passed_between_two_ticks_is_told_both_ways(watched: Watched, web: WebServer) -> None:
    watched.weather.soft_passes = False
    watched.run("whole")
    watched.weather.soft_passes = True
    watched.run("whole")

    watched.tick()

    (text,) = web.texts()
    assert "warning: whole" in text
    assert "recovered: whole" in text


def test_what_happened_before_the_first_tick_counts_as_known(
    instance: dg.DagsterInstance, watched: Watched, web: WebServer
) -> None:
    watched.weather.daily = disk_full()
    watched.run("daily", "2020-09-10")

    later = Watched(instance, watched.settings)
    later.tick()

    assert web.texts() == []


def test_a_run_that_was_killed_is_told(watched: Watched, web: WebServer) -> None:
    days = {
        "dagster/asset_partition_range_start": "2020-09-10",
        "dagster/asset_partition_range_end": "2020-09-12",
    }
    job = watched.definitions.resolve_implicit_global_asset_job_def()
    run = watched.instance.create_run_for_job(job, tags=days)
    watched.instance.report_run_failed(run, "The process of this run was killed.")

    watched.tick()

    (text,) = web.texts()
    assert "The process of this run was killed." in text
    assert "days: 2020-09-10 to 2020-09-12" in text


def test_a_run_that_a_person_stopped_at_the_command_line_is_not_told(watched: Watched, web: WebServer) -> None:
    watched.weather.daily = KeyboardInterrupt()
    assert not watched.run("daily", "2020-09-10", tags=process_tag()).success

    watched.tick()

    assert web.texts() == []


def test_a_run_that_was_stopped_elsewhere_is_told(watched: Watched, web: WebServer) -> None:
    watched.weather.daily = KeyboardInterrupt()
    assert not watched.run("daily", "2020-09-10").success

    watched.tick()

    assert len(web.texts()) == 1


@pytest.mark.parametrize(("retries", "messages"), [("1", 0), ("0", 1)])
def test_a_run_that_dagster_starts_again_by_itself_is_not_told(
    web: WebServer, told: Settings, tmp_path: Path, retries: str, messages: int
) -> None:
    overrides = {"telemetry": {"enabled": False}, "run_retries": {"enabled": True}}
    with dg.DagsterInstance.local_temp(str(tmp_path), overrides=overrides) as instance:
        watched = Watched(instance, told)
        job = watched.definitions.resolve_implicit_global_asset_job_def()
        location = RegisteredCodeLocationOrigin("location")
        origin = RemoteJobOrigin(RemoteRepositoryOrigin(location, "repository"), job.name)
        tags = {"dagster/max_retries": retries}
        run = instance.create_run_for_job(job, tags=tags, remote_job_origin=origin)
        instance.report_run_failed(run, "The process of this run was killed.")

        watched.tick()

    assert len(web.texts()) == messages


def test_a_target_that_is_down_neither_fails_the_tick_nor_loses_the_message(
    watched: Watched, web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.answers[:] = [503, 503]
    watched.weather.daily = disk_full()
    watched.run("daily", "2020-09-10")

    assert "1 wait for webhook" in watched.tick()
    assert web.asked == 1
    watched.tick()
    assert web.asked == 1  # not before some time has passed

    now = time.time()
    for hours in (1, 2):
        with monkeypatch.context() as patch:
            patch.setattr(CLOCK, lambda hours=hours: now + hours * HOUR)
            watched.tick()

    (text,) = web.texts()
    assert "No space left" in text


def test_planted_secrets_are_in_no_message_and_not_in_the_cursor(watched: Watched, web: WebServer) -> None:
    watched.weather.daily = disk_full(
        "postgresql://dagster:planted-userinfo@db/x and https://x/y?sig=planted-signature "
        "password=planted-pair Authorization: Bearer planted.bearer.token planted-database-password " + web.url
    )
    web.answers[:] = [503]
    watched.run("daily", "2020-09-10")
    watched.tick()
    assert watched.cursor
    kept = watched.cursor
    state = json.loads(kept)
    state["outbox"]["lines"]["webhook"]["retry_at"] = 0
    watched.cursor = json.dumps(state)

    watched.tick()

    (text,) = web.texts()
    for told in (text, kept, *watched.summaries):
        assert "planted" not in told
        assert "hidden-query-value" not in told
        assert "SECRET" not in told


def test_markup_in_a_fault_can_neither_call_people_nor_link(watched: Watched, web: WebServer) -> None:
    watched.weather.daily = disk_full("artist <!channel> <https://evil.example|click> & co")
    watched.run("daily", "2020-09-10")

    watched.tick()

    (text,) = web.texts()
    assert "<" not in text
    assert "&lt;!channel&gt;" in text


@pytest.mark.long
def test_a_thousand_failures_become_one_message_and_a_small_cursor(web: WebServer, told: Settings) -> None:
    # In memory, as a thousand run files take minutes to make.
    with dg.DagsterInstance.ephemeral() as instance:
        watched = Watched(instance, told)
        job = watched.definitions.resolve_implicit_global_asset_job_def()
        for number in range(1_000):
            run = instance.create_run_for_job(job)
            instance.report_run_failed(run, f"Broken in its own way {'x' * number}")

        while "new faults" in watched.tick():
            assert len(watched.cursor or "") < 120_000

    assert sum(int(summary.split()[0]) for summary in watched.summaries if "new faults" in summary) == 1_000
    (text,) = web.texts()
    assert "300 things to know" in text
    assert "held back" in watched.summaries[-1]


def test_runs_that_were_wiped_do_not_deafen_the_sensor(watched: Watched, web: WebServer) -> None:
    watched.weather.soft_passes = False
    watched.run("whole")
    watched.tick()
    watched.instance.wipe()
    watched.tick()
    web.texts()
    watched.weather.daily = disk_full()

    watched.run("daily", "2020-09-10")
    watched.tick()

    (text,) = web.texts()
    assert "No space left" in text


def test_a_text_that_is_not_a_cursor_begins_anew(watched: Watched) -> None:
    watched.cursor = '{"gate": 0}'

    assert watched.tick() == "nothing new; 0 open"


def test_a_cursor_of_an_older_version_tells_nothing_twice_and_loses_nothing(
    watched: Watched, web: WebServer
) -> None:
    watched.weather.daily = disk_full()
    watched.run("daily", "2020-09-10")
    fault = {
        "scope": "step:daily",
        "severity": "error",
        "what": "The file system refused: No space left",
        "where": "/data/home",
        "remedy": "",
        "days": {"first": "2020-09-10", "last": "2020-09-10"},
        "run_id": "x",
        "at": 1.6e9,
    }
    fingerprint = Fault(**{**fault, "days": Days("2020-09-10", "2020-09-10")}).fingerprint
    message = {
        "subject": "[bandcamp] told late",
        "text": "told late",
        "html": "",
        "severity": "error",
        "created_at": time.time(),
        "identity": "x",
    }
    opened = {"fault": fault, "since": 1.6e9, "told_at": time.time(), "count": 0}
    watched.cursor = json.dumps(
        {
            "version": 1,
            "position": {"event_id": 3, "floor": -1, "recent": [[3, "abcdefgh"]]},
            "gate": {"open": {fingerprint: opened}, "news": [], "more": 0, "sent_at": [], "quiet_until": 0.0},
            "outbox": {"lines": {"webhook": {"waiting": [message], "failures": 1, "retry_at": 0.0, "lost": 0}}},
        }
    )
    watched.tick()
    waiting = web.texts()
    watched.run("daily", "2020-09-10")
    watched.tick()
    again = web.texts()
    watched.weather.daily = None
    watched.run("daily", "2020-09-10")
    watched.tick()

    assert ["told late" in text for text in waiting] == [True]
    assert again == []
    assert ["recovered: daily" in text for text in web.texts()] == [True]
