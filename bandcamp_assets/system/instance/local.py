"""Opens the local instance, and releases what the runs of killed processes still hold in it."""

from __future__ import annotations

import math
import os
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files

import dagster as dg
import yaml
from filelock import FileLock, Timeout

from bandcamp_assets.system.disk import disk_errors
from bandcamp_assets.system.home import Home
from bandcamp_assets.system.instance.process import is_alive

PROCESS_TAG = "bandcamp/process"
"""Tag of runs of the command line: the host and the process that execute them."""

BATCH_EVENTS = 1000
"""How many events Dagster stores in one batch, unless its own variable says otherwise."""

BEGINS_WITHIN_SECONDS = 600
"""A run that was created longer ago and is still not launched never will be: its process was killed."""

_UNFINISHED = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def process_tag() -> dict[str, str]:
    """The tag that names this process."""
    return {PROCESS_TAG: f"{socket.gethostname()}:{os.getpid()}"}


@contextmanager
def only_run(home: Home, on_wait: Callable[[], None]) -> Iterator[None]:
    """Be the only process that runs the graph from the command line on this home; wait until others end.

    The system releases the lock when its holder is killed. So the holder knows that no other run of the
    command line is alive, whatever the instance says.

    Args:
        home: The home.
        on_wait: Called once if another process holds the lock.

    Raises:
        PlatformError: If the home cannot be written.
    """
    lock = FileLock(home.run_lock)
    with disk_errors(home.root):
        home.make_root()
        try:
            lock.acquire(timeout=0)
        except Timeout:
            on_wait()
            lock.acquire()
    try:
        yield
    finally:
        lock.release()


def write_instance_settings(home: Home) -> None:
    """Write `dagster.yaml` into the home, so that the command line and the UI use the same instance."""
    text = files("bandcamp_assets.system.instance").joinpath("dagster.yaml").read_text(encoding="utf-8")
    text = text.replace('"@runs@"', _quoted(str(home.dagster.absolute() / "history" / "runs")))
    path = home.dagster / "dagster.yaml"
    with disk_errors(path):
        if not path.exists() or path.read_bytes() != text.encode():
            path.write_text(text, encoding="utf-8")


def _quoted(text: str) -> str:
    """A text as YAML, on one line. Not as JSON, which writes an emoji as two escapes that YAML refuses."""
    return yaml.safe_dump(text, default_style='"', width=math.inf).strip()


def open_instance(home: Home) -> dg.DagsterInstance:
    """Open the home's Dagster instance."""
    write_instance_settings(home)
    # With this, Dagster gives the events of a step's days, and those of a plan, to the storage in batches.
    os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", str(BATCH_EVENTS))
    return dg.DagsterInstance.from_config(str(home.dagster))


def release_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Close runs whose process was killed, and free their pool slots.

    Dagster's daemon does not watch processes on this machine; while it runs, `crashes` does. Call this inside
    `only_run`.

    Returns:
        The ids of the closed runs.
    """
    dead = [record.dagster_run for record in unfinished_runs(instance) if _is_dead(instance, record)]
    for run in dead:
        release_run(instance, run)
    return [run.run_id for run in dead]


def unfinished_runs(instance: dg.DagsterInstance) -> Sequence[dg.RunRecord]:
    """The runs that were created and have not ended, except those in the queue."""
    return instance.get_run_records(dg.RunsFilter(statuses=_UNFINISHED))


def release_run(instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
    """Close a run whose process is gone, and free its pool slots."""
    # The slots first: after a kill between the two steps, the next call finds the run again.
    instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
    instance.report_run_failed(run, "The process of this run was killed.")


def runs_at_work(instance: dg.DagsterInstance) -> list[str]:
    """The ids of the runs that are being executed."""
    return [run.run_id for run in instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))]


def _is_dead(instance: dg.DagsterInstance, record: dg.RunRecord) -> bool:
    run = record.dagster_run
    if PROCESS_TAG in run.tags:
        return True  # a run of the command line, whose lock we hold
    if record.start_time is None:
        return never_begins(record)
    process_id = executing_process(instance, run.run_id)
    return process_id is not None and not is_alive(process_id, record.start_time)


def never_begins(record: dg.RunRecord) -> bool:
    """Whether a run has not started and never will.

    A run that was launched may still start; if it does not, Dagster's run monitoring closes it.
    """
    age = time.time() - record.create_timestamp.timestamp()
    return record.dagster_run.status is dg.DagsterRunStatus.NOT_STARTED and age > BEGINS_WITHIN_SECONDS


def executing_process(instance: dg.DagsterInstance, run_id: str) -> int | None:
    """The process that executes a run, according to its events; None if they do not say."""
    events = instance.all_logs(run_id, of_type=dg.DagsterEventType.ENGINE_EVENT)
    process_ids = [pid for event in events if (pid := _process_id(event)) is not None]
    return process_ids[-1] if process_ids else None


def _process_id(entry: dg.EventLogEntry) -> int | None:
    """The process that executes the run, according to one event."""
    event = entry.dagster_event
    value = event.engine_event_data.metadata.get("pid") if event else None
    return int(str(value.value)) if value else None
