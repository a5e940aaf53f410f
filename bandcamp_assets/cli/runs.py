"""Runs of the asset graph in this process, recorded in the instance like those of the UI."""

from __future__ import annotations

from collections.abc import Collection

import dagster as dg

from bandcamp_assets.cli.console import StepLog
from bandcamp_assets.defs.partitions import range_tags
from bandcamp_assets.defs.selections import Parts
from bandcamp_assets.state.plan import Plan
from bandcamp_assets.system.errors import RunFailed
from bandcamp_assets.system.instance.local import process_tag


def land(definitions: dg.Definitions, instance: dg.DagsterInstance, log: StepLog) -> None:
    """Materialize everything in the landing part of the graph.

    Raises:
        RunFailed: If a step failed.
        KeyboardInterrupt: If the process was asked to stop.
    """
    keys = definitions.resolve_asset_graph().executable_asset_keys
    _execute(definitions, instance, log, keys, {})


def build(definitions: dg.Definitions, instance: dg.DagsterInstance, log: StepLog, plan: Plan) -> None:
    """Build what the plan names: seeds and dimensions first, then the days, marts and report last.

    What has no days is a run of its own: in a run over days, Dagster writes an event for each asset and day, even
    for assets that have none.

    Raises:
        RunFailed: If a step failed.
        KeyboardInterrupt: If the process was asked to stop.
    """
    parts = Parts.of(definitions.resolve_asset_graph())
    if plan.reference:
        _execute(definitions, instance, log, parts.reference, {})
    for first, last in plan.ranges:
        _execute(definitions, instance, log, parts.days, range_tags(first, last))
    if plan.marts or plan.ranges:
        _execute(definitions, instance, log, parts.after_days, {})


def _execute(
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    log: StepLog,
    keys: Collection[dg.AssetKey],
    tags: dict[str, str],
) -> None:
    result = definitions.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=instance,
        asset_selection=sorted(keys),
        tags={**process_tag(), **tags},
        run_config={"loggers": {"console": {}}},
        raise_on_error=False,
    )
    if not result.success:
        if _was_interrupted(result):
            raise KeyboardInterrupt
        raise RunFailed(result.run_id, list(dict.fromkeys(log.failures)))


def _was_interrupted(result: dg.ExecuteInProcessResult) -> bool:
    failures = [event.job_failure_data for event in result.all_events if event.is_job_failure]
    reasons = [failure.failure_reason.value for failure in failures if failure.failure_reason]
    return "UNEXPECTED_TERMINATION" in reasons
