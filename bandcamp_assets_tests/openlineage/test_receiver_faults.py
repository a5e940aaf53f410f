"""Receivers that are down, refuse or are not there, and runs that fail: nothing is lost, or told twice."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

import dagster as dg
import pytest

from bandcamp_assets.deployment.openlineage import OpenLineage
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.alerts.graph import Watched, disk_full
from bandcamp_assets_tests.alerts.web_server import NO_ANSWER
from bandcamp_assets_tests.openlineage.conftest import API_KEY, Sender


@pytest.fixture
def graph(tmp_path: Path) -> Iterator[Watched]:
    """A small graph that fails as told, on an instance that stores on disk."""
    with dg.DagsterInstance.local_temp(str(tmp_path), overrides={"telemetry": {"enabled": False}}) as instance:
        yield Watched(
            instance, Settings.from_env({"BANDCAMP_HOME": str(tmp_path / "home"), "BANDCAMP_ALERTS": "none"})
        )


def told(graph: Watched, sender: Sender) -> list[tuple[str, str]]:
    """Job and state of each event of a tick."""
    events = sender.tick(graph.instance, graph.definitions, sender.settings(str(graph.settings.home.root)))
    return [(event["job"]["name"], event["eventType"]) for event in events]


def test_the_first_tick_tells_nothing_of_what_was_before(graph: Watched, sender: Sender) -> None:
    sender.cursor = None
    graph.run("whole")

    before = told(graph, sender)
    graph.run("whole")

    assert before == []
    assert ("whole", "COMPLETE") in told(graph, sender)


def test_a_failed_step_is_told_with_its_error_and_without_secrets(graph: Watched, sender: Sender) -> None:
    graph.weather.daily = disk_full("https://user:hidden@host/data")
    run = graph.run("daily", "2020-09-10")

    events = sender.tick(graph.instance, graph.definitions, sender.settings(str(graph.settings.home.root)))

    failed = {event["job"]["name"]: event["run"] for event in events if event["eventType"] == "FAIL"}
    assert failed.keys() == {"daily", "__ASSET_JOB"}
    assert failed["__ASSET_JOB"]["runId"] == run.run_id
    assert failed["daily"]["facets"]["parent"]["run"]["runId"] == run.run_id
    message = failed["daily"]["facets"]["errorMessage"]["message"]
    assert "No space left" in message
    assert "hidden" not in message


def test_a_check_that_does_not_pass_is_told_with_its_severity(graph: Watched, sender: Sender) -> None:
    graph.weather.soft_passes = False
    graph.run("whole")

    events = sender.tick(graph.instance, graph.definitions, sender.settings(str(graph.settings.home.root)))

    (checks,) = [e for e in events if e["job"]["name"] == "whole.checks" and e["eventType"] == "COMPLETE"]
    found = checks["inputs"][0]["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert {(each["assertion"], each["success"], each["severity"]) for each in found} == {
        ("soft", False, "warn"),
        ("hard", True, "error"),
    }


@pytest.mark.parametrize("answer", [503, 401, 404, 429, 302, NO_ANSWER])
def test_what_a_receiver_does_not_take_is_sent_by_the_next_tick(
    graph: Watched, sender: Sender, answer: int
) -> None:
    graph.run("whole")
    graph.run("daily", "2020-09-10")
    sender.receiver.answers = [200, 200, answer]

    first = told(graph, sender)
    said = sender.said
    second = told(graph, sender)

    assert len(first) == 2
    assert "runs told: 0; the receiver takes none now" in said
    assert API_KEY not in said
    assert Counter([*first, *second]) == Counter(
        {
            **{(job, state): 1 for job in ("whole", "whole.checks", "daily") for state in ("START", "COMPLETE")},
            **{("__ASSET_JOB", state): 2 for state in ("START", "COMPLETE")},
        }
    )
    assert told(graph, sender) == []


def test_a_receiver_that_is_not_there_holds_up_nothing(graph: Watched, sender: Sender) -> None:
    graph.run("whole")
    port, sender.receiver.port = sender.receiver.port, 9

    nothing = told(graph, sender)
    sender.receiver.port = port

    assert nothing == []
    assert ("whole", "COMPLETE") in told(graph, sender)


def test_a_receiver_too_slow_for_one_tick_gets_all_in_several(
    graph: Watched, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph.run("whole")
    monkeypatch.setattr("bandcamp_assets.defs.sensors.openlineage.TICK_SECONDS", 0.0)

    ticks = [told(graph, sender) for _ in range(7)]

    assert [len(events) for events in ticks] == [1, 1, 1, 1, 1, 1, 0]
    assert sorted(chain(*ticks)) == sorted(
        (job, state) for job in ("__ASSET_JOB", "whole", "whole.checks") for state in ("START", "COMPLETE")
    )
    assert sender.said == "runs told: 1"
    assert told(graph, sender) == []


def test_what_a_cancelled_run_has_made_is_told(graph: Watched, sender: Sender) -> None:
    done = graph.run("whole")
    run = graph.instance.get_run_by_id(done.run_id)
    assert run
    graph.instance.report_run_canceled(run)

    events = told(graph, sender)

    assert ("whole", "COMPLETE") in events
    assert ("__ASSET_JOB", "ABORT") in events


def test_without_a_key_none_is_sent(graph: Watched, sender: Sender) -> None:
    graph.run("whole")
    settings = replace(sender.settings(str(graph.settings.home.root)), openlineage=OpenLineage(sender.url))
    sender.receiver.answers = [503]

    sender.tick(graph.instance, graph.definitions, settings)

    assert sender.receiver.authorizations == []
    assert "503" in sender.said


def test_an_event_that_is_called_wrong_is_left_out_and_the_others_are_sent(graph: Watched, sender: Sender) -> None:
    graph.run("whole")
    sender.receiver.answers = [200, 422]

    events = told(graph, sender)

    assert sender.said == "runs told: 1"
    assert ("whole", "START") not in events
    assert ("whole", "COMPLETE") in events


def test_without_a_receiver_the_sensor_says_which_setting_names_one(graph: Watched, sender: Sender) -> None:
    sender.tick(graph.instance, graph.definitions, graph.settings)

    assert sender.said == "BANDCAMP_OPENLINEAGE_URL names no receiver"


def test_without_the_extra_the_sensor_says_what_to_install(
    graph: Watched, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "bandcamp_assets.components.openlineage.receiver", None)

    with pytest.raises(PlatformError, match=r"install bandcamp-assets\[openlineage\]"):
        told(graph, sender)
