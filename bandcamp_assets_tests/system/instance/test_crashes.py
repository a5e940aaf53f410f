"""Runs whose process was killed are closed; runs of living processes are left alone."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest

from bandcamp_assets.defs.sensors.crashed_runs import crashed_runs
from bandcamp_assets.system.instance.crashes import close_crashed_runs
from bandcamp_assets.system.instance.local import PROCESS_TAG, process_tag, release_dead_runs
from bandcamp_assets_tests.system.instance.age import make_older

SLEEPER = """
import os, sys, time
import dagster as dg

@dg.asset(pool="narrow")
def sleeper():
    print("at work", flush=True)
    time.sleep(600)

defs = dg.Definitions(assets=[sleeper], executor=dg.in_process_executor)
with dg.DagsterInstance.from_config(sys.argv[1]) as instance:
    tags = {"bandcamp/process": sys.argv[2].format(pid=os.getpid())} if sys.argv[2] else {}
    defs.resolve_implicit_global_asset_job_def().execute_in_process(instance=instance, tags=tags)
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """A process that executes a run and takes its time."""
    path = tmp_path / "sleeper.py"
    path.write_text(SLEEPER)
    return path


def start(script: Path, instance: dg.DagsterInstance, tag: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, script, instance.root_directory, tag],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "at work\n"
    return process


@pytest.mark.parametrize("tag", ["", f"{socket.gethostname()}:{{pid}}"], ids=["launched", "command line"])
def test_a_killed_run_is_closed_and_its_pool_slot_is_free(
    instance: dg.DagsterInstance, script: Path, tag: str
) -> None:
    with start(script, instance, tag) as process:
        assert close_crashed_runs(instance) == []
        assert instance.event_log_storage.get_concurrency_info("narrow").active_slot_count == 1
        process.send_signal(signal.SIGKILL)

    closed = close_crashed_runs(instance)

    (run,) = instance.get_runs()
    assert closed == [run.run_id]
    assert run.status == dg.DagsterRunStatus.FAILURE
    assert instance.event_log_storage.get_concurrency_info("narrow").active_slot_count == 0
    assert close_crashed_runs(instance) == []


def test_a_run_of_another_machine_is_left_alone(instance: dg.DagsterInstance) -> None:
    instance.create_run_for_job(_job(), tags={PROCESS_TAG: f"another-machine:{2**22 - 1}"})

    assert close_crashed_runs(instance) == []


def test_a_run_of_this_process_is_left_alone(instance: dg.DagsterInstance) -> None:
    instance.create_run_for_job(_job(), tags=process_tag())

    assert close_crashed_runs(instance) == []


@pytest.mark.parametrize("close", [close_crashed_runs, release_dead_runs])
def test_a_run_whose_process_was_killed_before_it_began_is_closed_after_a_while(
    instance: dg.DagsterInstance, close: Callable[[dg.DagsterInstance], list[str]]
) -> None:
    run = instance.create_run_for_job(_job())

    at_once = close(instance)
    make_older(Path(instance.root_directory), run.run_id, timedelta(minutes=9))
    soon = close(instance)
    make_older(Path(instance.root_directory), run.run_id, timedelta(minutes=2))
    later = close(instance)

    assert (at_once, soon, later) == ([], [], [run.run_id])
    assert instance.get_runs()[0].status is dg.DagsterRunStatus.FAILURE


def test_the_sensor_says_what_it_closed(instance: dg.DagsterInstance) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    run = instance.create_run_for_job(_job(), tags={PROCESS_TAG: f"{socket.gethostname()}:{ended.pid}"})
    sensor = crashed_runs

    with dg.build_sensor_context(instance=instance) as context:
        message = sensor.evaluate_tick(context).skip_message

    assert message == f"Closed {run.run_id}"


def _job() -> dg.JobDefinition:
    @dg.op
    def nothing() -> None: ...

    @dg.job
    def job() -> None:
        nothing()

    return job
