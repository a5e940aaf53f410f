"""Closes runs whose process was killed, while the daemon runs.

Dagster's run monitoring cannot do this: its launcher for one machine does not report the health of its processes.
Such a run would count as started, and keep its pool slots, for ever. At the command line,
`local.release_dead_runs` does the same before a run begins.
"""

from __future__ import annotations

import socket

import dagster as dg

from bandcamp_assets.system.instance.local import (
    PROCESS_TAG,
    executing_process,
    never_begins,
    release_run,
    unfinished_runs,
)
from bandcamp_assets.system.instance.process import is_alive


def close_crashed_runs(instance: dg.DagsterInstance) -> list[str]:
    """Close runs that this machine executed and whose process is gone, and free their pool slots.

    May be called at any time, also while runs are going on, on the machine (or container) that executes them.

    Returns:
        The ids of the closed runs. If run retries are on, Dagster starts them again.
    """
    closed = []
    for record in unfinished_runs(instance):
        run_id = record.dagster_run.run_id
        if not _is_gone(instance, record):
            continue
        # The run may have ended just before its process did.
        run = instance.get_run_by_id(run_id)
        if run and not run.is_finished:
            release_run(instance, run)
            closed.append(run_id)
    return closed


def _is_gone(instance: dg.DagsterInstance, record: dg.RunRecord) -> bool:
    tag = record.dagster_run.tags.get(PROCESS_TAG)
    if tag:
        host, _, number = tag.rpartition(":")
        return host == socket.gethostname() and not is_alive(int(number), record.create_timestamp.timestamp())
    if record.start_time is None:
        return never_begins(record)
    process_id = executing_process(instance, record.dagster_run.run_id)
    return process_id is not None and not is_alive(process_id, record.start_time)
