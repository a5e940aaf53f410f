"""A rule asks for a run only if no other run is at work. After each failure of a request it waits longer."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest

from bandcamp_assets.defs.backoff import (
    AUTOMATION_TAG,
    REQUEST_TAG,
    runs_at_work,
    wait_after_failures,
)

NEARLY = timedelta(seconds=29)
"""Less than half of the first wait, so that no wait is mistaken for the previous one."""


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.local_temp(str(tmp_path), overrides={"telemetry": {"enabled": False}}) as instance:
        yield instance


@dg.job
def job() -> None:
    """Nothing."""


def run(
    instance: dg.DagsterInstance, status: dg.DagsterRunStatus, *, rule: str = "rule", request: str = "a"
) -> None:
    """The present state of a run that a rule asked for."""
    made = instance.create_run_for_job(job, tags={AUTOMATION_TAG: rule, REQUEST_TAG: request})
    if status == dg.DagsterRunStatus.FAILURE:
        instance.report_run_failed(made)
    elif status == dg.DagsterRunStatus.SUCCESS:
        event = dg.DagsterEvent(dg.DagsterEventType.RUN_SUCCESS.value, "job", message="")
        instance.report_dagster_event(event, made.run_id)


def test_without_a_failure_there_is_no_wait(instance: dg.DagsterInstance):
    run(instance, dg.DagsterRunStatus.SUCCESS)

    assert wait_after_failures(instance, "rule", "a") == timedelta()


@pytest.mark.parametrize(("failures", "factor"), [(1, 1), (2, 2), (3, 4), (11, 1024)])
def test_the_wait_doubles_with_each_failure_up_to_an_hour(
    instance: dg.DagsterInstance, failures: int, factor: int
):
    for _ in range(failures):
        run(instance, dg.DagsterRunStatus.FAILURE)

    wait = wait_after_failures(instance, "rule", "a")

    expected = timedelta(minutes=min(factor, 60))
    assert expected - NEARLY < wait <= expected


def test_a_success_a_new_request_or_another_rule_resets_the_wait(instance: dg.DagsterInstance):
    run(instance, dg.DagsterRunStatus.FAILURE)
    run(instance, dg.DagsterRunStatus.FAILURE, rule="other", request="b")

    assert wait_after_failures(instance, "rule", "b") == timedelta()
    assert wait_after_failures(instance, "other", "a") == timedelta()
    run(instance, dg.DagsterRunStatus.SUCCESS)
    assert wait_after_failures(instance, "rule", "a") == timedelta()


@pytest.mark.parametrize("status", list(dg.DagsterRunStatus))
def test_queued_and_active_runs_count_and_ended_ones_do_not(
    instance: dg.DagsterInstance, status: dg.DagsterRunStatus
):
    run(instance, dg.DagsterRunStatus.NOT_STARTED)
    (path,) = Path(instance.root_directory).glob("**/runs.db")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("update runs set status = ?", (status.value,))

    assert runs_at_work(instance) == (0 if status.name in {"SUCCESS", "FAILURE", "CANCELED"} else 1)
