"""Reads which runs have ended since the last look, each end once: a few small queries as long as none has.

What went wrong in a run is the concern of `run_faults`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Literal

import dagster as dg
from dagster._core.storage.tags import WILL_RETRY_TAG

OVERLAP_IDS = 200
"""Events are looked for again this far back: processes that write at once may commit out of order."""
MAX_ENDS = OVERLAP_IDS + 100
"""Ends read in one tick, of each kind. More than lie in the overlap, so that every tick gets on."""
_RETRY_TAG_SECONDS = 60.0

_End = Literal[dg.DagsterEventType.RUN_FAILURE, dg.DagsterEventType.RUN_SUCCESS]
_ENDS: tuple[_End, ...] = (dg.DagsterEventType.RUN_FAILURE, dg.DagsterEventType.RUN_SUCCESS)


@dataclass
class Position:
    """How far the ends of runs have been read.

    Attributes:
        event_id: The last event of those in order.
        floor: Events up to this one were there before anybody read, and are never told.
        recent: Events near it that have been read, so that none is read twice: id and run.
    """

    event_id: int = -1
    floor: int = -1
    recent: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True)
class RunEnd:
    """A run that has ended, and the event that says so."""

    run: dg.DagsterRun
    event: dg.EventLogRecord


def at_the_end(instance: dg.DagsterInstance) -> Position:
    """The position from which only what happens from now on is read."""
    latest = _newest(instance)
    return Position(latest, floor=latest)


def settled_ends(instance: dg.DagsterInstance, position: Position) -> tuple[list[RunEnd], Position]:
    """The runs that have ended since a position, in the order in which they ended, and how far has been read now.

    Runs that Dagster starts again by itself are left out. Reading stops before one of which that is not decided.
    """
    events, last = _new_events(instance, position)
    if not events:
        latest = _newest(instance)
        if latest < position.event_id:  # runs were wiped, and the numbers begin anew
            position = Position(latest, min(position.floor, latest), position.recent)
        return [], position
    runs = _runs(instance, {event.event_log_entry.run_id for event in events})
    ends: list[RunEnd] = []
    marks = list(position.recent)
    for event in events:
        run = runs.get(event.event_log_entry.run_id)
        retried = run is not None and _is_to_be_retried_or_unsure(instance, run, event)
        if run and retried and WILL_RETRY_TAG not in run.tags:
            last = min(last, event.storage_id - 1)  # not settled yet: the next tick looks again
            break
        if run and not retried:
            ends.append(RunEnd(run, event))
        marks.append(_mark(event))
    event_id = max(last, position.event_id)
    recent = [mark for mark in marks if mark[0] > event_id - OVERLAP_IDS]
    return ends, Position(event_id, position.floor, recent)


def _newest(instance: dg.DagsterInstance) -> int:
    """The id of the latest end of a run; -1 if none has ended."""
    latest = [record.storage_id for kind in _ENDS for record in _events(instance, kind, limit=1, after=None)]
    return max(latest, default=-1)


def _new_events(instance: dg.DagsterInstance, position: Position) -> tuple[list[dg.EventLogRecord], int]:
    """Ends of runs that have not been read, in order, and the event that they reach to."""
    old = max(position.event_id - OVERLAP_IDS, position.floor)
    found: list[dg.EventLogRecord] = []
    reached: list[int] = []
    for kind in _ENDS:
        records = _events(instance, kind, limit=MAX_ENDS, after=old)
        if len(records) == MAX_ENDS:
            reached.append(records[-1].storage_id)
        found += records
    last = min(reached) if reached else max((record.storage_id for record in found), default=position.event_id)
    read = set(position.recent)
    new = [record for record in found if record.storage_id <= last and _mark(record) not in read]
    return sorted(new, key=lambda record: record.storage_id), last


def _events(instance: dg.DagsterInstance, kind: _End, *, limit: int, after: int | None) -> list[dg.EventLogRecord]:
    if after is None:
        return list(instance.fetch_run_status_changes(kind, limit=limit).records)
    which = dg.RunStatusChangeRecordsFilter(kind, after_storage_id=after)
    return list(instance.fetch_run_status_changes(which, limit=limit, ascending=True).records)


def _mark(event: dg.EventLogRecord) -> tuple[int, str]:
    return event.storage_id, event.event_log_entry.run_id[:8]


def _runs(instance: dg.DagsterInstance, run_ids: set[str]) -> dict[str, dg.DagsterRun]:
    return {run.run_id: run for run in instance.get_runs(dg.RunsFilter(run_ids=sorted(run_ids)))}


def _is_to_be_retried_or_unsure(
    instance: dg.DagsterInstance, run: dg.DagsterRun, event: dg.EventLogRecord
) -> bool:
    """Whether Dagster starts a failed run again by itself, or has not said yet whether it does."""
    if not instance.run_retries_enabled or run.status != dg.DagsterRunStatus.FAILURE or not run.remote_job_origin:
        return False
    decided = run.tags.get(WILL_RETRY_TAG)
    if decided is None:
        return time.time() - event.event_log_entry.timestamp < _RETRY_TAG_SECONDS
    return decided == "true"
