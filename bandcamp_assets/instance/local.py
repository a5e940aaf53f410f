"""Opens the local instance, and clears away what runs of killed processes still hold in it."""

from __future__ import annotations

import os
import socket
from importlib.resources import files

import dagster as dg

from bandcamp_assets.home import Home

PROCESS_TAG = "bandcamp/process"
"""On runs of the command line: the host and process that executes them."""


def process_tag() -> dict[str, str]:
    """The tag that names this process."""
    return {PROCESS_TAG: f"{socket.gethostname()}:{os.getpid()}"}


def write_instance_settings(home: Home) -> None:
    """Put `dagster.yaml` into the home, so that command line and UI work with the same instance."""
    text = files("bandcamp_assets.instance").joinpath("dagster.yaml").read_text()
    path = home.dagster / "dagster.yaml"
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def open_instance(home: Home) -> dg.DagsterInstance:
    """Open the home's Dagster instance."""
    write_instance_settings(home)
    return dg.DagsterInstance.from_config(str(home.dagster))


def release_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Close runs whose process was killed, and give back their places in the pools.

    Dagster's daemon does this for runs that it launched; nobody does it for those of the command line.

    Returns:
        The ids of the closed runs.
    """
    running = instance.get_runs(
        dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING])
    )
    dead = [run for run in running if _is_dead(run.tags.get(PROCESS_TAG, ""))]
    for run in dead:
        instance.report_run_failed(run, "The process of this run was killed.")
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
    return [run.run_id for run in dead]


def _is_dead(process: str) -> bool:
    host, _, process_id = process.partition(":")
    if host != socket.gethostname() or not process_id.isdigit():
        return False
    try:
        os.kill(int(process_id), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
