"""Reads which runs have ended, and what went wrong or well in them: steps, checks, runs that broke off.

It makes plain values of Dagster's events, for the sensor of alerts. What is made of them stands in `alerts`.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime

import dagster as dg

from bandcamp_assets.alerts.fault import Days, Fault, Passed, Severity
from bandcamp_assets.defs.partitions import PARTITION_TAG, RANGE_END_TAG, RANGE_START_TAG
from bandcamp_assets.system.errors import PlatformError, RecordedError
from bandcamp_assets.system.instance.local import PROCESS_TAG

WILL_RETRY_TAG = "dagster/will_retry"
"""On failed runs: whether Dagster starts them again by itself."""

MAX_RUNS = 300
"""Runs read in one tick. The others wait for the next one."""
_RETRY_TAG_SECONDS = 60.0
_MAX_DIFFERENCES = 3
_BLOCKING_CHECK = "DagsterAssetCheckFailedError"
_EVENTS = {
    dg.DagsterEventType.STEP_FAILURE,
    dg.DagsterEventType.STEP_SUCCESS,
    dg.DagsterEventType.ASSET_CHECK_EVALUATION,
    dg.DagsterEventType.RUN_FAILURE,
}


def ended_runs(
    instance: dg.DagsterInstance, after: float, read: Collection[str]
) -> list[tuple[dg.DagsterRun, float]]:
    """The runs that succeeded or failed, as `runs_that_ended` gives them, without those that Dagster starts again.

    Reading stops before a run of which that is not decided yet.
    """
    settled = []
    statuses = [dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.SUCCESS]
    for run, end in runs_that_ended(instance, statuses, after, read):
        is_retried = _is_retried(instance, run)
        if is_retried is None and time.time() - end < _RETRY_TAG_SECONDS:
            break
        if not is_retried:
            settled.append((run, end))
    return settled


def runs_that_ended(
    instance: dg.DagsterInstance, statuses: Sequence[dg.DagsterRunStatus], after: float, read: Collection[str]
) -> list[tuple[dg.DagsterRun, float]]:
    """The runs that have ended, and when, in that order; the first `MAX_RUNS` of them.

    Args:
        instance: The Dagster instance.
        statuses: How they ended.
        after: Only later ends, in Unix seconds.
        read: Runs that were read already.
    """
    ended = dg.RunsFilter(statuses=statuses, updated_after=datetime.fromtimestamp(after, UTC))
    records = [
        (record.dagster_run, record.end_time)
        for record in instance.get_run_records(ended)
        # Tags that are set later update a run, too.
        if record.end_time and record.end_time > after and record.dagster_run.run_id not in read
    ]
    return sorted(records, key=lambda record: record[1])[:MAX_RUNS]


def what_happened(
    instance: dg.DagsterInstance, run: dg.DagsterRun, ended: float, dayless: Collection[str]
) -> Iterator[Fault | Passed]:
    """What went wrong or well in a run that has ended, in order.

    Args:
        instance: The Dagster instance.
        run: The run.
        ended: When it ended, in Unix seconds.
        dayless: The scopes that have no days of their own, whatever days the run is about.
    """
    records = instance.get_records_for_run(run.run_id, of_type=_EVENTS).records
    entries = [record.event_log_entry for record in records]
    failure = dg.DagsterEventType.RUN_FAILURE
    end = next((entry for entry in entries if entry.dagster_event_type == failure), None)
    if end and _was_stopped_by_hand(run, end):
        return
    is_explained = False
    for entry in entries:
        found = _of_event(entry, _days(run), dayless) if entry is not end else None
        is_explained = is_explained or isinstance(found, Fault)
        if found:
            yield found
    scope = f"run:{_name(run)}"
    if run.status == dg.DagsterRunStatus.SUCCESS:
        yield Passed(scope, _days(run), ended)
    elif not is_explained:
        yield _broken_run(scope, run, end, ended)


def scopes_without_days(repository: dg.RepositoryDefinition | None) -> frozenset[str]:
    """Steps and checks of assets that have no partitions."""
    if repository is None:
        return frozenset()
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


def _is_retried(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool | None:
    """Whether Dagster starts a run again by itself; None if it has not said yet."""
    if run.status != dg.DagsterRunStatus.FAILURE or not instance.run_retries_enabled or not run.remote_job_origin:
        return False
    decided = run.tags.get(WILL_RETRY_TAG)
    return decided == "true" if decided else None


def _of_event(entry: dg.EventLogEntry, days: Days, dayless: Collection[str]) -> Fault | Passed | None:
    event = entry.get_dagster_event()
    if event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
        if event.step_key is None:
            return None  # the result of one day, beside that of the run
        return _of_check(entry, event.asset_check_evaluation_data, days, dayless)
    scope = f"step:{event.step_key}"
    about = Days() if scope in dayless else days
    if event.event_type == dg.DagsterEventType.STEP_SUCCESS:
        return Passed(scope, about, entry.timestamp)
    error = event.step_failure_data.error
    if error and error.cls_name == _BLOCKING_CHECK:
        return None  # the check itself tells it
    where, remedy = f"step {event.step_key}", "see the run's log in the Dagster UI"
    told = _told(error, "The step failed without saying why", where, remedy)
    return Fault(scope, Severity.ERROR, *told, about, entry.run_id, entry.timestamp)


def _of_check(
    entry: dg.EventLogEntry, found: dg.AssetCheckEvaluation, days: Days, dayless: Collection[str]
) -> Fault | Passed:
    asset = found.asset_key.to_user_string()
    scope = f"check:{asset}:{found.check_name}"
    about = Days() if scope in dayless else days
    if found.passed:
        return Passed(scope, about, entry.timestamp)
    severity = Severity.WARNING if found.severity == dg.AssetCheckSeverity.WARN else Severity.ERROR
    lines = getattr(found.metadata.get("differences"), "value", None)
    differences = [str(line) for line in lines[:_MAX_DIFFERENCES]] if isinstance(lines, list) else []
    what = "; ".join([found.description or "The check does not pass", *differences])
    remedy = "see the check's result in the Dagster UI, fix its input and materialize the asset again"
    where = f"asset {asset}, check {found.check_name}"
    return Fault(scope, severity, what, where, remedy, about, entry.run_id, entry.timestamp)


def _broken_run(scope: str, run: dg.DagsterRun, end: dg.EventLogEntry | None, ended: float) -> Fault:
    event = end.get_dagster_event() if end else None
    error = event.job_failure_data.error if event and event.event_specific_data else None
    what = (event.message if event else None) or "The run broke off"
    remedy = "see the run's log; if its process was killed, see that memory and disk suffice"
    told = _told(error, what, _name(run), remedy)
    return Fault(scope, Severity.ERROR, *told, _days(run), run.run_id, ended)


def _told(error: RecordedError | None, what: str, where: str, remedy: str) -> tuple[str, str, str]:
    """What happened, where, and what to do: as the error says that is meant for people, else its last cause."""
    if error is None:
        return what, where, remedy
    if found := PlatformError.recorded(error):
        return found.what, found.where, found.remedy
    while error.cause:
        error = error.cause
    return error.message.strip().split("\n\n")[0], where, remedy


def _was_stopped_by_hand(run: dg.DagsterRun, end: dg.EventLogEntry) -> bool:
    """Whether it is a run of the command line that a person interrupted, and so knows of."""
    data = end.get_dagster_event().event_specific_data
    reason = getattr(data, "failure_reason", None)
    return PROCESS_TAG in run.tags and getattr(reason, "value", "") == "UNEXPECTED_TERMINATION"


def _name(run: dg.DagsterRun) -> str:
    """The job's name; for a run of some assets without a job of its own, those assets."""
    if not run.job_name.startswith("__"):
        return run.job_name
    assets = sorted(key.to_user_string() for key in run.asset_selection or ())
    return f"materialization of {', '.join(assets[:5])}{', …' if len(assets) > 5 else ''}" if assets else "assets"


def _days(run: dg.DagsterRun) -> Days:
    first = run.tags.get(RANGE_START_TAG) or run.tags.get(PARTITION_TAG) or ""
    return Days(first, run.tags.get(RANGE_END_TAG) or first)
