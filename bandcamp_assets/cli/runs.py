"""Runs of the asset graph in this process, recorded in the instance like those of the UI."""

from __future__ import annotations

from collections.abc import Collection

import dagster as dg

from bandcamp_assets.assets.common import range_tags
from bandcamp_assets.assets.parts import Parts
from bandcamp_assets.cli.console import StepLog
from bandcamp_assets.errors import RunFailed
from bandcamp_assets.instance.local import process_tag
from bandcamp_assets.planning import Plan


def land(definitions: dg.Definitions, instance: dg.DagsterInstance, log: StepLog) -> None:
    """Materialize everything in the landing part of the graph.

    Raises:
        RunFailed: If a step failed.
        KeyboardInterrupt: If the process was asked to stop.
    """
    keys = definitions.resolve_asset_graph().executable_asset_keys
    _execute(definitions, instance, log, keys, {})


def build(definitions: dg.Definitions, instance: dg.DagsterInstance, log: StepLog, plan: Plan) -> None:
    """Build what the plan names: seeds and dimensions first, marts and ledger last.

    Raises:
        RunFailed: If a step failed.
        KeyboardInterrupt: If the process was asked to stop.
    """
    parts = Parts.of(definitions)
    reference: frozenset[dg.AssetKey] = parts.reference if plan.reference else frozenset()
    for number, (first, last) in enumerate(plan.ranges, start=1):
        before = reference if number == 1 else frozenset()
        after = parts.after_days if number == len(plan.ranges) else frozenset()
        _execute(definitions, instance, log, {*before, *parts.days, *after}, range_tags(first, last))
    if plan.marts and not plan.ranges:
        _execute(definitions, instance, log, {*reference, *parts.after_days}, {})


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
