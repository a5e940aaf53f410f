"""Runs: what is built, and the events of it. `test_failures` has runs that fail."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from dagster import (
    AssetCheckKey,
    AssetKey,
    AssetSelection,
    ExecuteInProcessResult,
)

from bandcamp_assets.system.scratch import name_of_own
from bandcamp_assets_tests.dbt.conftest import SALES, MakePlatform, Platform
from bandcamp_assets_tests.dbt.results import checks_of, materializations, metadata_of

Finished = tuple[Platform, ExecuteInProcessResult]


def test_a_run_builds_everything_and_materializes_each_node_once_a_day(finished: Finished) -> None:
    platform, result = finished

    events = sorted((one.asset_key.to_user_string(), one.partition or "") for one in materializations(result))

    days = ("2020-09-09", "2020-09-10", "2020-09-11")
    assert result.success
    assert events == [
        ("daily_sales", ""),
        *(("fct_sales", day) for day in days),
        ("item_types", ""),
        ("label_sales", ""),
        *(("stg_sales", day) for day in days),
    ]
    assert platform.rows("select count(*), sum(amount_paid_usd) from bandcamp.fct_sales") == [(3, 6.50)]


def test_materializations_carry_columns_lineage_rows_and_sql(finished: Finished) -> None:
    metadata = metadata_of(finished[1], "fct_sales")

    columns = {one.name: (one.type, one.description) for one in metadata["dagster/column_schema"].columns}
    lineage = metadata["dagster/column_lineage"].deps_by_column
    compiled = Path(metadata["compiled_sql"])
    described = "Amount paid in US dollars.\n\nfrom [stg_sales](/assets/stg_sales).`amount_paid_usd`"
    assert columns["amount_paid_usd"] == ("DECIMAL(18,2)", described)
    assert [(one.asset_key, one.column_name) for one in lineage["_id"]] == [(AssetKey("stg_sales"), "_id")]
    assert metadata["dagster/row_count"] == 3
    assert metadata["Execution Duration"] > 0
    assert "date '2020-09-10'" in compiled.read_text()


@pytest.mark.long
def test_lineage_kept_from_an_earlier_run_is_the_same(platform: Platform) -> None:
    assets = platform.assets()
    first, second = (metadata_of(platform.run(assets=assets), "stg_sales") for _ in range(2))

    assert first["dagster/column_lineage"] == second["dagster/column_lineage"]
    assert first["dagster/column_lineage"].deps_by_column["label"][0].asset_key == AssetKey("item_types")


def test_views_are_described_but_not_counted(finished: Finished) -> None:
    metadata = metadata_of(finished[1], "stg_sales")

    assert "dagster/row_count" not in metadata
    assert "dagster/column_schema" in metadata


def test_each_day_of_the_fact_carries_its_own_figures(finished: Finished) -> None:
    _, result = finished

    figures = {
        one.partition: (
            one.metadata["dagster/partition_row_count"].value,
            one.metadata["amount_paid_usd"].value,
        )
        for one in materializations(result)
        if one.asset_key == AssetKey("fct_sales")
    }
    assert figures == {"2020-09-09": (1, 1.00), "2020-09-10": (2, 5.50), "2020-09-11": (0, 0.0)}


def test_a_run_of_one_day_touches_only_that_day(platform: Platform) -> None:
    assets = platform.assets()
    platform.run(assets=assets)
    platform.load([(key, day, kind, 100.0) for key, day, kind, _ in SALES])

    result = platform.run(days=("2020-09-10", "2020-09-10"), assets=assets)

    assert result.success
    assert platform.rows("select _id, amount_paid_usd from bandcamp.fct_sales order by _id") == [
        ("1", 1),
        ("2", 100),
        ("3", 100),
    ]


def test_tests_become_check_results_including_those_of_the_source(finished: Finished) -> None:
    checks = checks_of(finished[1])

    assert set(checks) == {
        "source_not_null_bandcamp_sales__id",
        "unique_item_types_item_type",
        "not_null_fct_sales_amount_paid_usd",
        "not_null_fct_sales_label",
        "unique_fct_sales__id",
        "unique_daily_sales_sale_date",
    }
    assert all(check.passed for check in checks.values())


def test_unit_tests_do_not_run(finished: Finished) -> None:
    log = (finished[0].workspace.log_dir / "dbt.log").read_text()

    assert "unique_fct_sales__id" in log
    assert "keeps_the_amount" not in log


def test_an_invocations_own_folder_is_removed_and_its_sql_kept(finished: Finished) -> None:
    target_dir = finished[0].workspace.target_dir

    left = {path.name for path in target_dir.iterdir()}

    assert left == {"manifest.json", "partial_parse.msgpack", "checksums.json", "compiled", "lineage"}


def test_a_subset_runs_only_what_was_selected_with_its_tests(platform: Platform) -> None:
    assets = platform.assets()
    platform.run(assets=assets)
    platform.rows("drop table bandcamp.label_sales")

    result = platform.run('key:"daily_sales"', days=None, assets=assets)

    assert [one.asset_key for one in materializations(result)] == [AssetKey("daily_sales")]
    assert set(checks_of(result)) == {"unique_daily_sales_sale_date"}
    assert platform.rows("from information_schema.tables where table_name = 'label_sales'") == []


LABELS_ARE_KNOWN = """
{{ config(meta={'dagster': {'ref': {'name': 'fct_sales'}}}) }}
select fct_sales.label
from {{ ref('fct_sales') }} as fct_sales
anti join {{ ref('item_types') }} as item_types on fct_sales.label = item_types.label
"""


@pytest.mark.long
def test_a_test_across_invocations_runs_only_once_both_are_built(changed_platform: MakePlatform) -> None:
    platform = changed_platform({"tests/labels_are_known.sql": LABELS_ARE_KNOWN})

    result = platform.run()

    assert result.success
    assert checks_of(result)["labels_are_known"].asset_key == AssetKey("fct_sales")


def test_a_check_alone_runs_without_building_anything(platform: Platform) -> None:
    assets = platform.assets()
    platform.run(assets=assets)
    check = AssetCheckKey(AssetKey("daily_sales"), "unique_daily_sales_sale_date")

    result = platform.run(AssetSelection.checks(check), days=None, assets=assets)

    assert result.success
    assert set(checks_of(result)) == {"unique_daily_sales_sale_date"}
    assert materializations(result) == []


def test_leftovers_of_killed_processes_are_swept(platform: Platform) -> None:
    assets = platform.assets()
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    ours = platform.workspace.builds_dir / name_of_own("build")
    leftover = ours.with_name(ours.name.replace(str(os.getpid()), str(dead.pid)))
    leftover.mkdir(parents=True)
    ours.mkdir()

    platform.run('key:"item_types"', days=None, assets=assets)

    assert (leftover.exists(), ours.exists()) == (False, True)


def test_dbts_messages_reach_the_log_of_the_run(finished: Finished) -> None:
    platform, result = finished

    records = platform.instance.all_logs(result.run_id)

    said = [record.user_message for record in records if record.dagster_event is None]
    assert any(message.startswith("Done. PASS=") for message in said)
    assert not any("OK created" in message for message in said)
