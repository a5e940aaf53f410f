"""Which runs that were killed, stopped or started again the sensor tells of."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin

from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.system.instance.local import process_tag
from bandcamp_assets_tests.alerts.graph import Watched
from bandcamp_assets_tests.alerts.web_server import WebServer

CLOCK = "bandcamp_assets.defs.sensors.alerts.time.time"
HOUR = 3_600.0


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
