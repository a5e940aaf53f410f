"""Backoff: a rule asks for a run only if no other run is at work, and waits after a failure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import dagster as dg

AUTOMATION_TAG = "bandcamp/automation"
"""Which rule asked for a run."""

REQUEST_TAG = "bandcamp/request"
"""What a rule asked for. After each failure, the same request waits longer."""

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
_REMEMBERED = 12

_ENDED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)
AT_WORK = [status for status in dg.DagsterRunStatus if status not in _ENDED]


def runs_at_work(instance: dg.DagsterInstance) -> int:
    """How many runs are queued or in progress, whoever asked for them."""
    return instance.get_runs_count(dg.RunsFilter(statuses=AT_WORK))


def wait_after_failures(instance: dg.DagsterInstance, rule: str, request: str) -> timedelta:
    """How long a rule must still wait before it may repeat a request.

    Args:
        instance: The Dagster instance.
        rule: The rule, as in `AUTOMATION_TAG`.
        request: What it is about to ask for, as in `REQUEST_TAG`.

    Returns:
        The rest of a wait that doubles with each failure of this request; zero if the latest run was not one.
    """
    records = instance.get_run_records(dg.RunsFilter(tags={AUTOMATION_TAG: rule}), limit=_REMEMBERED)
    failed = 0
    for record in records:
        run = record.dagster_run
        if run.status == dg.DagsterRunStatus.SUCCESS or run.tags.get(REQUEST_TAG) != request:
            break
        failed += 1
    if not failed:
        return timedelta()
    latest = records[0]
    ended = datetime.fromtimestamp(latest.end_time or latest.create_timestamp.timestamp(), UTC)
    wait = min(FIRST_WAIT * float(2 ** (failed - 1)), LONGEST_WAIT)
    return max(ended + wait - datetime.now(UTC), timedelta())
