"""Finds faults in runs that have ended: steps that failed, checks that did not pass, runs that broke off.

Reads the event log from a position on: a few small queries as long as no run has ended. What stands wrong without
any run is found by `freshness` and `feed_gaps`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Literal

import dagster as dg
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    PARTITION_NAME_TAG,
    WILL_RETRY_TAG,
)
from dagster_shared.error import SerializableErrorInfo

from bandcamp_assets.alerts.fault import Days, Fault, Passed, Severity
from bandcamp_assets.instance.local import PROCESS_TAG

OVERLAP_IDS = 200
"""Events are looked for again this far back: processes that write at once may commit out of order."""
MAX_ENDS = OVERLAP_IDS + 100
"""Ends read in one tick, of each kind. More than lie in the overlap, so that every tick gets on."""
_RETRY_TAG_SECONDS = 60.0
_MAX_DIFFERENCES = 3

_End = Literal[dg.DagsterEventType.RUN_FAILURE, dg.DagsterEventType.RUN_SUCCESS]
_ENDS: tuple[_End, ...] = (dg.DagsterEventType.RUN_FAILURE, dg.DagsterEventType.RUN_SUCCESS)
_TOLD = {
    dg.DagsterEventType.STEP_FAILURE,
    dg.DagsterEventType.STEP_SUCCESS,
    dg.DagsterEventType.ASSET_CHECK_EVALUATION,
}
_BLOCKING_CHECK = "DagsterAssetCheckFailedError"


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


def at_the_end(instance: dg.DagsterInstance) -> Position:
    """The position from which only what happens from now on is read."""
    latest = _newest(instance)
    return Position(latest, floor=latest)


def _newest(instance: dg.DagsterInstance) -> int:
    """The id of the latest end of a run; -1 if none has ended."""
    latest = [record.storage_id for kind in _ENDS for record in _ends(instance, kind, limit=1, after=None)]
    return max(latest, default=-1)


def read_runs(
    instance: dg.DagsterInstance, position: Position, without_days: Callable[[], Collection[str]]
) -> tuple[list[Fault | Passed], Position]:
    """Read what happened in the runs that have ended since a position, in the order in which they ended.

    Args:
        instance: The Dagster instance.
        position: How far it has been read.
        without_days: Gives the scopes that have no days of their own, whatever days the run is about. Asked only
            if a run has ended.

    Returns:
        What happened, and how far it has been read now.
    """
    ends, last = _new_ends(instance, position)
    if not ends:
        latest = _newest(instance)
        if latest < position.event_id:  # runs were wiped, and the numbers begin anew
            position = Position(latest, min(position.floor, latest), position.recent)
        return [], position
    runs = _runs(instance, {end.event_log_entry.run_id for end in ends})
    happened: list[Fault | Passed] = []
    dayless = without_days()
    for end in ends:
        run = runs.get(end.event_log_entry.run_id)
        if run and _is_to_be_retried_or_unsure(instance, run, end):
            if WILL_RETRY_TAG not in run.tags:
                last = min(last, end.storage_id - 1)  # not settled yet: the next tick looks again
                break
            position.recent.append(_mark(end))
            continue
        if run:
            happened += _what_happened(instance, run, end, dayless)
        position.recent.append(_mark(end))
    event_id = max(last, position.event_id)
    recent = [mark for mark in position.recent if mark[0] > event_id - OVERLAP_IDS]
    return happened, Position(event_id, position.floor, recent)


def scopes_without_days(repository: dg.RepositoryDefinition) -> frozenset[str]:
    """Steps and checks of assets that have no partitions."""
    graph = repository.asset_graph
    scopes = {
        f"check:{key.asset_key.to_user_string()}:{key.name}"
        for key in graph.asset_check_keys
        if not graph.has(key.asset_key) or graph.get(key.asset_key).partitions_def is None
    }
    for definition in repository.assets_defs_by_key.values():
        if definition.is_executable and all(graph.get(key).partitions_def is None for key in definition.keys):
            scopes.add(f"step:{definition.op.name}")
    return frozenset(scopes)


def sentences(error: SerializableErrorInfo) -> tuple[str, str, str]:
    """What happened, where, and what to do, of the innermost error that is meant for people; else its last cause.

    The second and third are empty where the error is none of ours.
    """
    chain = [error]
    while chain[-1].cause:
        chain.append(chain[-1].cause)
    ours = [link for link in chain if link.cls_name == "PlatformError"]
    link = (ours or chain)[-1]
    message = re.sub(r"^[\w.]*\.(?=\w+: )", "", link.message.strip())
    if not ours:
        return message.split("\n\n")[0], "", ""
    message = message.removeprefix("PlatformError: ")
    match = re.fullmatch(r"(?s)(.*?)\n  where: (.*?)\n  what to do: (.*)", message)
    return (match[1], match[2], match[3]) if match else (message, "", "")


def _new_ends(instance: dg.DagsterInstance, position: Position) -> tuple[list[dg.EventLogRecord], int]:
    """Ends of runs that have not been read, in order, and the event that they reach to."""
    old = max(position.event_id - OVERLAP_IDS, position.floor)
    found: list[dg.EventLogRecord] = []
    reached: list[int] = []
    for kind in _ENDS:
        records = _ends(instance, kind, limit=MAX_ENDS, after=old)
        if len(records) == MAX_ENDS:
            reached.append(records[-1].storage_id)
        found += records
    last = min(reached) if reached else max((record.storage_id for record in found), default=position.event_id)
    read = set(position.recent)
    new = [record for record in found if record.storage_id <= last and _mark(record) not in read]
    return sorted(new, key=lambda record: record.storage_id), last


def _ends(instance: dg.DagsterInstance, kind: _End, *, limit: int, after: int | None) -> list[dg.EventLogRecord]:
    if after is None:
        return list(instance.fetch_run_status_changes(kind, limit=limit).records)
    which = dg.RunStatusChangeRecordsFilter(kind, after_storage_id=after)
    return list(instance.fetch_run_status_changes(which, limit=limit, ascending=True).records)


def _mark(end: dg.EventLogRecord) -> tuple[int, str]:
    return end.storage_id, end.event_log_entry.run_id[:8]


def _runs(instance: dg.DagsterInstance, run_ids: set[str]) -> dict[str, dg.DagsterRun]:
    return {run.run_id: run for run in instance.get_runs(dg.RunsFilter(run_ids=sorted(run_ids)))}


def _is_to_be_retried_or_unsure(instance: dg.DagsterInstance, run: dg.DagsterRun, end: dg.EventLogRecord) -> bool:
    """Whether Dagster starts a failed run again by itself, or has not said yet whether it does."""
    if not instance.run_retries_enabled or run.status != dg.DagsterRunStatus.FAILURE or not run.remote_job_origin:
        return False
    decided = run.tags.get(WILL_RETRY_TAG)
    if decided is None:
        return time.time() - end.event_log_entry.timestamp < _RETRY_TAG_SECONDS
    return decided == "true"


def _what_happened(
    instance: dg.DagsterInstance, run: dg.DagsterRun, end: dg.EventLogRecord, without_days: Collection[str]
) -> Iterator[Fault | Passed]:
    failed = end.event_log_entry.dagster_event_type == dg.DagsterEventType.RUN_FAILURE
    if failed and _was_stopped_by_hand(run, end):
        return
    records = instance.get_records_for_run(run.run_id, of_type=_TOLD).records
    entries = [record.event_log_entry for record in records if record.event_log_entry.dagster_event]
    explained = False
    for entry in entries:
        found = _of_event(entry, _days(run), without_days)
        explained = explained or isinstance(found, Fault)
        if found:
            yield found
    name = f"run:{_run_name(run)}"
    if not failed:
        yield Passed(name, _days(run), end.timestamp)
    elif not explained:
        yield _broken_run(name, run, end)


def _of_event(entry: dg.EventLogEntry, days: Days, without_days: Collection[str]) -> Fault | Passed | None:
    event = entry.get_dagster_event()
    if event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
        return _of_check(entry, event.asset_check_evaluation_data, days, without_days)
    scope = f"step:{event.step_key}"
    about = Days() if scope in without_days else days
    if event.event_type == dg.DagsterEventType.STEP_SUCCESS:
        return Passed(scope, about, entry.timestamp)
    error = event.step_failure_data.error
    if error is None:
        what, where, remedy = "The step failed without saying why", "", ""
    elif error.cls_name == _BLOCKING_CHECK:
        return None  # the check itself tells it
    else:
        what, where, remedy = sentences(error)
    return Fault(
        scope=scope,
        severity=Severity.ERROR,
        what=what,
        where=where or f"step {event.step_key}",
        remedy=remedy or "see the run's log in the Dagster UI",
        days=about,
        run_id=entry.run_id,
        at=entry.timestamp,
    )


def _of_check(
    entry: dg.EventLogEntry, found: dg.AssetCheckEvaluation, days: Days, without_days: Collection[str]
) -> Fault | Passed:
    asset = found.asset_key.to_user_string()
    scope = f"check:{asset}:{found.check_name}"
    about = Days() if scope in without_days else days
    if found.passed:
        return Passed(scope, about, entry.timestamp)
    return Fault(
        scope=scope,
        severity=Severity.WARNING if found.severity == dg.AssetCheckSeverity.WARN else Severity.ERROR,
        what="; ".join([found.description or "The check does not pass", *_differences(found)]),
        where=f"asset {asset}, check {found.check_name}",
        remedy="see the check's result in the Dagster UI, mend its input and materialize the asset again",
        days=about,
        run_id=entry.run_id,
        at=entry.timestamp,
    )


def _differences(found: dg.AssetCheckEvaluation) -> list[str]:
    value = found.metadata.get("differences")
    return (
        [str(line) for line in value.value[:_MAX_DIFFERENCES]]
        if isinstance(value, dg.JsonMetadataValue) and isinstance(value.value, list)
        else []
    )


def _broken_run(scope: str, run: dg.DagsterRun, end: dg.EventLogRecord) -> Fault:
    event = end.event_log_entry.get_dagster_event()
    data = event.job_failure_data if event.event_specific_data else None
    error = data.error if data else None
    what, where, remedy = sentences(error) if error else (event.message or "The run broke off", "", "")
    return Fault(
        scope=scope,
        severity=Severity.ERROR,
        what=what,
        where=where or _run_name(run),
        remedy=remedy or "see the run's log; if its process was killed, see that memory and disk suffice",
        days=_days(run),
        run_id=run.run_id,
        at=end.timestamp,
    )


def _was_stopped_by_hand(run: dg.DagsterRun, end: dg.EventLogRecord) -> bool:
    """Whether it is a run of the command line that a person interrupted, and so knows of."""
    data = end.event_log_entry.get_dagster_event().event_specific_data
    reason = getattr(data, "failure_reason", None)
    return PROCESS_TAG in run.tags and getattr(reason, "value", "") == "UNEXPECTED_TERMINATION"


def _run_name(run: dg.DagsterRun) -> str:
    """The job's name; for a run of some assets without a job of its own, those assets."""
    if not run.job_name.startswith("__"):
        return run.job_name
    assets = sorted(key.to_user_string() for key in run.asset_selection or ())
    return f"materialization of {', '.join(assets[:5])}{', …' if len(assets) > 5 else ''}" if assets else "assets"


def _days(run: dg.DagsterRun) -> Days:
    first = run.tags.get(ASSET_PARTITION_RANGE_START_TAG) or run.tags.get(PARTITION_NAME_TAG) or ""
    return Days(first, run.tags.get(ASSET_PARTITION_RANGE_END_TAG) or first)
