"""The result of a check for each day, beside its one result for the run.

Dagster runs a check once for a range of days, and stores its result for none of them. The events made here colour
the days in the UI. They belong to the run, so they are pruned with it. `run_faults` does not read them, as the
result of the run says the same.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, ParamSpec, cast

import dagster as dg
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationTargetMaterializationData as Materialized,
)
from dagster._core.events import DagsterEventBatchMetadata

from bandcamp_assets.lake.damage import DamagedFileError
from bandcamp_assets.lake.layout import days_in

P = ParamSpec("P")


def on_all_days(check: Callable[P, dg.AssetCheckResult]) -> Callable[P, dg.AssetCheckResult]:
    """Let a check that has days also be run without any, for all of them. Dagster itself would fail then.

    A file that is damaged makes the day of that file fail, and the check.
    """

    @functools.wraps(check)
    def results(*args: P.args, **kwargs: P.kwargs) -> Iterator[Any]:
        context = dg.AssetCheckExecutionContext.get()
        try:
            result = check(*args, **kwargs)
        except DamagedFileError as error:
            damaged = dg.AssetCheckResult(passed=False, description=str(error))
            report_days(context, dict.fromkeys(days_in(error.path), damaged))
            raise
        if context.has_partition_key or context.has_partition_key_range:
            yield result
            return
        (spec,) = context.check_specs
        latest = context.instance.fetch_materializations(spec.asset_key, limit=1).records
        yield _evaluation(spec, result, None, _pointer(latest[0]) if latest else None)
        yield dg.Output(None)

    return cast("Callable[P, dg.AssetCheckResult]", results)


def report_days(context: dg.AssetCheckExecutionContext, results: Mapping[date, dg.AssetCheckResult]) -> None:
    """Store the results of days, unless the run is about one day: Dagster itself stores the result of that."""
    if not results or context.has_partition_key:
        return
    (spec,) = context.check_specs
    evaluated = _materialized(context, spec.asset_key, {day.isoformat() for day in results})
    # The UI shows the last one as the latest execution: a day that differs, if there is one.
    in_order = sorted(results, key=lambda day: (not results[day].passed, day))
    for number, day in enumerate(in_order, start=1):
        result = results[day]
        context.instance.report_dagster_event(
            dg.DagsterEvent(
                event_type_value=dg.DagsterEventType.ASSET_CHECK_EVALUATION.value,
                job_name=context.run.job_name,
                event_specific_data=_evaluation(spec, result, day.isoformat(), evaluated.get(day.isoformat())),
            ),
            run_id=context.run.run_id,
            batch_metadata=DagsterEventBatchMetadata(spec.name, is_end=number == len(results)),
        )


def _evaluation(
    spec: dg.AssetCheckSpec, result: dg.AssetCheckResult, day: str | None, materialized: Materialized | None
) -> dg.AssetCheckEvaluation:
    return dg.AssetCheckEvaluation(
        asset_key=spec.asset_key,
        check_name=spec.name,
        passed=bool(result.passed),
        description=result.description,
        metadata=result.metadata,
        severity=result.severity,
        partition=day,
        blocking=spec.blocking,
        target_materialization_data=materialized,
    )


def _materialized(
    context: dg.AssetCheckExecutionContext, asset: dg.AssetKey, days: set[str]
) -> dict[str, Materialized]:
    """The latest materialization of each day. The UI shows a result only beside that which it is about."""
    latest = context.instance.event_log_storage.get_latest_storage_id_by_partition(
        asset, dg.DagsterEventType.ASSET_MATERIALIZATION, days
    )
    if not latest:
        return {}
    wanted = dg.AssetRecordsFilter(asset_key=asset, storage_ids=list(latest.values()))
    records = context.instance.fetch_materializations(wanted, limit=len(latest)).records
    return {str(one.partition_key): _pointer(one) for one in records}


def _pointer(record: dg.EventLogRecord) -> Materialized:
    return Materialized(storage_id=record.storage_id, run_id=record.run_id, timestamp=record.timestamp)
