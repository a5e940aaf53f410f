"""Runs of the asset graph in this process. The instance records them like those of the UI."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import dagster as dg

from bandcamp_assets.cli.console import StepLog
from bandcamp_assets.defs.partitions import range_tags
from bandcamp_assets.defs.selections import FILES, Parts
from bandcamp_assets.state.plan import Plan
from bandcamp_assets.system.errors import RunFailed
from bandcamp_assets.system.instance.code_location import place_runs
from bandcamp_assets.system.instance.local import process_tag


def land(
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    log: StepLog,
    wanted: Mapping[str, str | int],
    *,
    with_pages: bool,
) -> None:
    """Materialize the landing part of the graph.

    Args:
        definitions: The landing part.
        instance: The Dagster instance.
        log: Takes what fails.
        wanted: The configuration of `raw_sales`.
        with_pages: Whether there are pages of the feed. Without any, `feed_pages` is not materialized.

    Raises:
        RunFailed: If a step failed.
        KeyboardInterrupt: If the process was asked to stop.
    """
    config = {"ops": {"raw_sales": {"config": dict(wanted)}}}
    keys = None if with_pages else [dg.AssetKey(name) for name in FILES]
    _execute(definitions.resolve_job_def("land"), instance, log, keys, run_config=config)


def build(definitions: dg.Definitions, instance: dg.DagsterInstance, log: StepLog, plan: Plan) -> None:
    """Build what the plan names: first seeds and dimensions, then the days, then the marts, last the report.

    Assets without partitions have their own run. In a run over days, Dagster writes an event for each asset and
    day, even for assets that are not partitioned.

    Raises:
        RunFailed: If a step failed.
        KeyboardInterrupt: If the process was asked to stop.
    """
    parts, job = Parts.of(definitions.resolve_asset_graph()), definitions.resolve_job_def("build")
    if plan.reference:
        _execute(job, instance, log, parts.reference)
    for first, last in plan.ranges:
        _execute(job, instance, log, parts.days, tags=range_tags(first, last))
    if plan.report:
        _execute(job, instance, log, parts.after_days if plan.marts else parts.report)


def _execute(
    job: dg.JobDefinition,
    instance: dg.DagsterInstance,
    log: StepLog,
    keys: Collection[dg.AssetKey] | None = None,
    *,
    tags: Mapping[str, str] | None = None,
    run_config: Mapping[str, object] | None = None,
) -> None:
    place_runs(instance, job.name)
    result = job.execute_in_process(
        instance=instance,
        asset_selection=sorted(keys) if keys else None,
        tags={**process_tag(), **(tags or {})},
        run_config={"loggers": {"console": {}}, **(run_config or {})},
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
