"""Runs of the asset graph in this process, recorded in the instance like those of the UI."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import dagster as dg

from bandcamp_assets.assets.common import range_tags
from bandcamp_assets.assets.jobs import LANDING
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
    parts = _Parts.of(definitions)
    reference = parts.reference if plan.reference else set()
    for number, (first, last) in enumerate(plan.ranges, start=1):
        before = reference if number == 1 else set()
        after = parts.after_days if number == len(plan.ranges) else set()
        _execute(definitions, instance, log, {*before, *parts.days, *after}, range_tags(first, last))
    if plan.marts and not plan.ranges:
        _execute(definitions, instance, log, {*reference, *parts.after_days}, {})


@dataclass(frozen=True)
class _Parts:
    """The assets behind landing: those without days that days need, those by day, and what comes after."""

    reference: set[dg.AssetKey]
    days: set[dg.AssetKey]
    after_days: set[dg.AssetKey]

    @classmethod
    def of(cls, definitions: dg.Definitions) -> _Parts:
        graph = definitions.resolve_asset_graph()
        every = set(graph.executable_asset_keys)
        days = {key for key in every if graph.get(key).partitions_def is not None}
        below = dg.AssetSelection.assets(*days).downstream().resolve(graph)
        after = {key for key in below if key in every} - days
        return cls(every - LANDING.resolve(graph) - days - after, days, set(after))


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
