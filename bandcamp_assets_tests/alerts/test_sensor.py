"""The sensor on really failing runs: what is told, what is not, and that nothing stops it."""

from __future__ import annotations

import json
import time

import dagster as dg
import pytest

from bandcamp_assets.deployment.settings import Settings
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
