"""Old runs are deleted, but nothing that an asset, a day or a check needs."""

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from bandcamp_assets.system.instance import retention
from bandcamp_assets.system.instance.retention import prune_runs
from bandcamp_assets_tests.system.instance.age import make_older

DAYS = dg.DailyPartitionsDefinition("2020-09-09", end_date="2020-09-20")


@dg.asset(partitions_def=DAYS, backfill_policy=dg.BackfillPolicy.single_run())
def daily(context: dg.AssetExecutionContext) -> None:
    for day in context.partition_keys:
        context.add_asset_metadata({"dagster/partition_row_count": 7}, partition_key=day)
    print("a line of log")


@dg.asset
def whole() -> None: ...


@dg.asset_check(asset=whole)
def right() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True)


@dg.op
def nothing() -> None: ...


@dg.job
def housekeeping() -> None:
    nothing()


DEFINITIONS = dg.Definitions(
    assets=[daily, whole],
    asset_checks=[right],
    jobs=[housekeeping],
    executor=dg.in_process_executor,
    loggers={"console": dg.LoggerDefinition(lambda _context: logging.Logger("silent", logging.CRITICAL + 1))},
)
QUIET: dict[str, Any] = {"loggers": {"console": {}}}


def run(instance: dg.DagsterInstance, *assets: str, first: str = "", last: str = "") -> str:
    tags = {
        "dagster/asset_partition_range_start": first,
        "dagster/asset_partition_range_end": last or first,
    }
    result = DEFINITIONS.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=instance,
        asset_selection=[dg.AssetKey(asset) for asset in assets],
        tags=tags if first else None,
        run_config=QUIET,
    )
    return result.run_id


def housekeep(instance: dg.DagsterInstance) -> str:
    job = DEFINITIONS.resolve_job_def("housekeeping")
    return job.execute_in_process(instance=instance, run_config=QUIET).run_id


def run_ids(instance: dg.DagsterInstance) -> set[str]:
    return {found.run_id for found in instance.get_runs()}


def test_only_runs_that_hold_no_latest_event_are_deleted(instance: dg.DagsterInstance) -> None:
    range_of_days = run(instance, "daily", first="2020-09-09", last="2020-09-11")
    again_one_of_them = run(instance, "daily", first="2020-09-10")
    overtaken = run(instance, "daily", first="2020-09-12")
    overtakes = run(instance, "daily", first="2020-09-12")
    old_whole, new_whole = run(instance, "whole"), run(instance, "whole")
    job = housekeep(instance)

    pruned = prune_runs(instance, keep_days=0, keep_at_least=0)

    assert set(pruned.deleted) == {overtaken, old_whole, job}
    assert run_ids(instance) == {range_of_days, again_one_of_them, overtakes, new_whole}
    assert pruned.kept_for_assets == 4


def test_assets_days_metadata_and_checks_are_as_before(instance: dg.DagsterInstance) -> None:
    for _ in range(3):
        run(instance, "daily", first="2020-09-09", last="2020-09-10")
        run(instance, "whole")
    before = what_is_known(instance)

    prune_runs(instance, keep_days=0, keep_at_least=0)

    assert len(run_ids(instance)) == 2
    assert what_is_known(instance) == before


def what_is_known(instance: dg.DagsterInstance) -> list[object]:
    latest = [instance.get_latest_materialization_event(key) for key in (daily.key, whole.key)]
    check = next(iter(right.check_keys))
    of_checks = instance.event_log_storage.get_latest_asset_check_execution_by_key([check])
    return [
        sorted(instance.get_materialized_partitions(daily.key)),
        [(event.run_id, event.timestamp) for event in latest if event],
        [
            record.asset_materialization.metadata
            for record in instance.fetch_materializations(daily.key, limit=2).records
            if record.asset_materialization
        ],
        (of_checks[check].run_id, of_checks[check].status),
    ]


def test_events_check_results_logs_and_files_of_deleted_runs_are_gone(instance: dg.DagsterInstance) -> None:
    old = run(instance, "whole")
    run(instance, "whole")
    storage = Path(instance.root_directory)
    assert list(storage.rglob(f"*{old}*"))

    prune_runs(instance, keep_days=0, keep_at_least=0)

    assert list(storage.rglob(f"*{old}*")) == []
    check = next(iter(right.check_keys))
    assert len(instance.event_log_storage.get_asset_check_execution_history(check, limit=10)) == 1
    assert len(instance.fetch_materializations(whole.key, limit=10).records) == 1


def test_runs_stay_for_as_many_days_as_asked(instance: dg.DagsterInstance) -> None:
    hours = {housekeep(instance): age for age in (0, 3, 47, 49, 24 * 60)}
    for job, age in hours.items():
        make_older(Path(instance.root_directory), job, timedelta(hours=age))

    pruned = prune_runs(instance, keep_days=2, keep_at_least=0)

    assert sorted(hours[job] for job in pruned.deleted) == [49, 24 * 60]
    assert sorted(hours[job] for job in run_ids(instance)) == [0, 3, 47]


def test_one_call_deletes_a_limited_number_oldest_first_and_says_how_many_are_left(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "MAX_RUNS_A_CALL", 2)
    jobs = [housekeep(instance) for _ in range(5)]

    pruned = [prune_runs(instance, keep_days=0, keep_at_least=0) for _ in range(3)]

    assert [(one.deleted, one.left) for one in pruned] == [(jobs[:2], 3), (jobs[2:4], 1), (jobs[4:], 0)]


def test_the_latest_runs_stay_however_old(instance: dg.DagsterInstance) -> None:
    jobs = [housekeep(instance) for _ in range(5)]

    prune_runs(instance, keep_days=0, keep_at_least=2)

    assert run_ids(instance) == set(jobs[3:])


def test_a_run_that_has_not_ended_stays(instance: dg.DagsterInstance) -> None:
    waiting = instance.create_run_for_job(DEFINITIONS.resolve_job_def("housekeeping"))

    prune_runs(instance, keep_days=0, keep_at_least=0)

    assert run_ids(instance) == {waiting.run_id}


def test_the_last_failed_result_of_a_check_stays(instance: dg.DagsterInstance) -> None:
    run(instance, "whole")

    assert prune_runs(instance, keep_days=0, keep_at_least=0).deleted == []
