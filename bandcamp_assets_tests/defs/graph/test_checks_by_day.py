"""Checks by day: one day is damaged, and the UI shows that day alone as failed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import dagster as dg
import duckdb
from dagster._core.definitions.asset_key import AssetCheckKey
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus

from bandcamp_assets.alerts.fault import Fault
from bandcamp_assets.definitions import load_definitions
from bandcamp_assets.defs.partitions import range_tags
from bandcamp_assets.defs.run_faults import scopes_without_days, what_happened
from bandcamp_assets.system.instance.local import open_instance
from bandcamp_assets_tests.homes import TestHome

GOOD, DAMAGED = "2020-09-09", "2020-09-10"
WAREHOUSE = AssetCheckKey(dg.AssetKey("sales"), "the_warehouse_holds_the_objects")
LAKE = AssetCheckKey(dg.AssetKey("sales_objects"), "objects_hold_the_cleaned_sales")


def statuses(instance: dg.DagsterInstance, check: AssetCheckKey) -> dict[str | None, str]:
    """The latest status of each day that is about the day's latest materialization, as the UI reads it."""
    found = instance.event_log_storage.get_asset_check_partition_info([check])
    return {one.partition_key: one.latest_execution_status.value for one in found if one.is_current}


def reconcile(
    home: TestHome, instance: dg.DagsterInstance, tags: Mapping[str, str] | None = None
) -> dg.ExecuteInProcessResult:
    job = load_definitions(home.deployment).resolve_job_def("reconcile")
    return job.execute_in_process(instance=instance, tags=tags, raise_on_error=False)


def lose_a_sale(home: TestHome, day: str) -> None:
    with duckdb.connect(home.root / "warehouse.duckdb") as connection:
        one = "select rowid from bandcamp.sales where sale_date = ? limit 1"
        connection.execute(f"delete from bandcamp.sales where rowid in ({one})", [date.fromisoformat(day)])


def test_after_a_run_every_day_has_passed(two_days: TestHome):
    with open_instance(two_days.deployment.settings.home) as instance:
        for check in (WAREHOUSE, LAKE):
            found = statuses(instance, check)

            assert {day: found[day] for day in (GOOD, DAMAGED)} == {GOOD: "SUCCEEDED", DAMAGED: "SUCCEEDED"}


def test_a_day_that_lost_a_sale_fails_alone_and_is_told_once(two_days: TestHome):
    lose_a_sale(two_days, DAMAGED)

    with open_instance(two_days.deployment.settings.home) as instance:
        done = reconcile(two_days, instance)

        found, good = statuses(instance, WAREHOUSE), statuses(instance, LAKE)
        (latest,) = instance.event_log_storage.get_asset_check_execution_history(WAREHOUSE, limit=1)
        run = instance.get_run_by_id(done.run_id)
        assert run
        told = [
            one for one in what_happened(instance, run, 0.0, scopes_without_days(None)) if isinstance(one, Fault)
        ]
    assert not done.success
    assert (found[GOOD], found[DAMAGED]) == ("SUCCEEDED", "FAILED")
    assert (good[GOOD], good[DAMAGED]) == ("SUCCEEDED", "SUCCEEDED")
    assert latest.partition == DAMAGED, "the UI shows it as the latest execution"
    assert latest.status == AssetCheckExecutionRecordStatus.FAILED
    assert [one.scope for one in told if "the_warehouse_holds" in one.scope] == [
        "check:sales:the_warehouse_holds_the_objects"
    ]


def test_a_range_of_days_gives_each_of_its_days_a_result(two_days: TestHome):
    lose_a_sale(two_days, DAMAGED)

    with open_instance(two_days.deployment.settings.home) as instance:
        reconcile(two_days, instance, range_tags(date.fromisoformat(GOOD), date.fromisoformat(DAMAGED)))

        found = statuses(instance, WAREHOUSE)
    assert (found[GOOD], found[DAMAGED]) == ("SUCCEEDED", "FAILED")


def test_a_damaged_file_makes_its_day_fail(two_days: TestHome):
    (file,) = Path(two_days.root, "objects").glob(f"sales/sale_date={DAMAGED}/*")
    file.write_bytes(b"damaged")

    with open_instance(two_days.deployment.settings.home) as instance:
        done = reconcile(two_days, instance)

        found = statuses(instance, LAKE)
    assert not done.success
    assert (found[GOOD], found[DAMAGED]) == ("SUCCEEDED", "FAILED")
