"""The definitions of the assets, before anything runs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from dagster import AssetKey, AssetsDefinition, AssetSpec
from dagster._core.definitions.metadata.source_code import LocalFileCodeReference

from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.dbt.conftest import DAYS, Platform

Declared = tuple[Platform, list[AssetsDefinition]]
MakePlatform = Callable[[dict[str, str]], Platform]


def _spec(assets: list[AssetsDefinition], name: str) -> AssetSpec:
    return next(one.specs_by_key[AssetKey(name)] for one in assets if AssetKey(name) in one.keys)


def test_three_invocations_hold_the_nodes_of_their_tags(declared: Declared) -> None:
    held = {one.op.name: {key.to_user_string() for key in one.keys} for one in declared[1]}

    assert held == {
        "dbt_reference": {"item_types"},
        "dbt_daily": {"stg_sales", "fct_sales"},
        "dbt_marts": {"daily_sales", "label_sales"},
    }


def test_only_the_daily_assets_have_partitions(declared: Declared) -> None:
    assert [one.partitions_def for one in declared[1]] == [None, DAYS, None]


def test_a_range_of_days_is_one_run(declared: Declared) -> None:
    policies = [one.backfill_policy for one in declared[1]]

    assert all(policy is not None and policy.max_partitions_per_run is None for policy in policies)


def test_each_step_takes_a_slot_of_the_pool(declared: Declared) -> None:
    assert {one.op.pool for one in declared[1]} == {"duckdb"}


def test_a_source_is_the_asset_that_its_meta_names(declared: Declared) -> None:
    dependencies = {dep.asset_key for dep in _spec(declared[1], "stg_sales").deps}

    assert dependencies == {AssetKey("sales"), AssetKey("item_types")}


def test_assets_say_who_owns_them_and_what_they_are(declared: Declared) -> None:
    spec = _spec(declared[1], "fct_sales")

    assert spec.group_name == "models"
    assert spec.owners == ["team:data-engineering"]
    assert spec.kinds == {"dbt", "duckdb"}
    assert spec.description is not None
    assert spec.description.startswith("One row per sale.")


def test_assets_link_to_their_sql(declared: Declared) -> None:
    references = _spec(declared[1], "fct_sales").metadata["dagster/code_references"].code_references

    [reference] = references
    assert isinstance(reference, LocalFileCodeReference)
    assert reference.file_path == str(declared[0].workspace.project_dir / "models/fct_sales.sql")


def test_tests_are_checks_and_those_of_severity_error_block(declared: Declared) -> None:
    checks = {spec.name: spec for one in declared[1] for spec in one.check_specs}

    assert {spec.asset_key.to_user_string() for spec in checks.values()} == {
        "item_types",
        "sales",
        "fct_sales",
        "daily_sales",
    }
    assert checks["unique_fct_sales__id"].blocking
    assert not checks["not_null_fct_sales_label"].blocking


def test_a_node_that_no_invocation_would_build_is_refused(changed_platform: MakePlatform) -> None:
    platform = changed_platform({"models/lost.sql": "select 1 as one"})

    with pytest.raises(PlatformError, match="in none of the invocations") as caught:
        platform.assets()

    assert caught.value.where == "lost in models/lost.sql"


def test_a_test_that_no_invocation_would_run_is_refused(changed_platform: MakePlatform) -> None:
    totals = "select * from {{ ref('daily_sales') }}, {{ ref('label_sales') }} where false"
    platform = changed_platform({"tests/totals.sql": totals})

    with pytest.raises(PlatformError, match="belongs to no asset") as caught:
        platform.assets()

    assert caught.value.where == "totals in tests/totals.sql"
