"""The dbt unit tests of the models pass on both warehouses, and are there."""

from __future__ import annotations

from typing import cast

from dbt.artifacts.schemas.run import RunExecutionResult

from bandcamp_assets_tests.dbt_project.bigquery_dbt import BigQueryDbt
from bandcamp_assets_tests.dbt_project.duckdb_dbt import Dbt
from bandcamp_assets_tests.dbt_project.sales import sale
from bandcamp_assets_tests.dbt_project.stages import Stages

TESTED = {"daily", "dim", "fct", "stg", "usd"}


def test_dbt_unit_tests_pass(dbt: Dbt) -> None:
    dbt.load(sale("one", "2020-09-10T12:00:00"))
    dbt.build()

    result = dbt.invoke("test", "--select", "test_type:unit")

    tests = cast("RunExecutionResult", result.result).results
    assert result.success, [test.message for test in tests]
    assert {test.node.name.split("_")[0] for test in tests} == TESTED


def test_dbt_unit_tests_pass_on_bigquery(cloud: Stages[BigQueryDbt]) -> None:
    result = cloud.dbt.invoke("test", "--select", "test_type:unit")

    tests = cast("RunExecutionResult", result.result).results
    assert result.success, [test.message for test in tests]
    assert {test.node.name.split("_")[0] for test in tests} == TESTED
