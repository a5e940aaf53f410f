"""Finds faults in runs that have ended: steps that failed, checks that did not pass, runs that broke off.

Which runs have ended is read by `run_ends`. What stands wrong without any run is found by `freshness` and
`feed_gaps`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator

import dagster as dg
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    PARTITION_NAME_TAG,
)
from dagster_shared.error import SerializableErrorInfo

from bandcamp_assets.alerts.fault import Days, Fault, Passed, Severity
from bandcamp_assets.alerts.run_ends import Position, RunEnd, settled_ends
from bandcamp_assets.system.instance.local import PROCESS_TAG

_MAX_DIFFERENCES = 3

_TOLD = {
    dg.DagsterEventType.STEP_FAILURE,
    dg.DagsterEventType.STEP_SUCCESS,
    dg.DagsterEventType.ASSET_CHECK_EVALUATION,
}
_BLOCKING_CHECK = "DagsterAssetCheckFailedError"


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
    ends, position = settled_ends(instance, position)
    dayless = without_days() if ends else ()
    return [found for end in ends for found in _what_happened(instance, end, dayless)], position


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


def _what_happened(
    instance: dg.DagsterInstance, ended: RunEnd, without_days: Collection[str]
) -> Iterator[Fault | Passed]:
    run, end = ended.run, ended.event
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
