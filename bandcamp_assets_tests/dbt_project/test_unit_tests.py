"""The dbt unit tests of the models pass on both warehouses, and are there."""

from __future__ import annotations

import os
from typing import cast

import pytest
from dbt.artifacts.schemas.run import RunExecutionResult
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import ModelNode

from bandcamp_assets_tests.dbt_project.bigquery_dbt import BigQueryDbt
from bandcamp_assets_tests.dbt_project.duckdb_dbt import Dbt
from bandcamp_assets_tests.dbt_project.sales import sale
from bandcamp_assets_tests.dbt_project.stages import Stages

WITHOUT_LOGIC = {"dim_country", "item_type_sales"}
"""Nothing but sums and names, which other tests compare."""


def test_every_model_with_logic_has_unit_tests(manifest: Manifest) -> None:
    models = {node.name for node in manifest.nodes.values() if isinstance(node, ModelNode)}

    assert {test.model for test in manifest.unit_tests.values()} == models - WITHOUT_LOGIC


def failures(dbt: Dbt, *arguments: str) -> list[str]:
    """Run unit tests, and name those that do not pass."""
    result = dbt.invoke("test", "--select", "test_type:unit", *arguments)
    tests = cast("RunExecutionResult", result.result).results
    assert tests
    return [f"{test.node.name}: {test.message}" for test in tests if str(test.status) != "pass"]


def test_dbt_unit_tests_pass(dbt: Dbt) -> None:
    dbt.load(sale("one", "2020-09-10T12:00:00"))
    dbt.build()

    assert failures(dbt) == []


@pytest.mark.long
@pytest.mark.xdist_group("stages")
def test_dbt_unit_tests_pass_on_bigquery(cloud: Stages[BigQueryDbt]) -> None:
    # Those of the marts take minutes there, and every mart is compared row for row in test_parity.
    arguments = () if os.environ.get("SOAK") else ("--exclude", "tag:marts")

    assert failures(cloud.dbt, *arguments) == []
