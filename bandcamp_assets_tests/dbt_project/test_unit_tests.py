"""The dbt unit tests of the models pass, and are there."""

from __future__ import annotations

from typing import cast

from dbt.artifacts.schemas.run import RunExecutionResult

from bandcamp_assets_tests.dbt_project.conftest import Dbt
from bandcamp_assets_tests.dbt_project.sales import sale


def test_dbt_unit_tests_pass(dbt: Dbt) -> None:
    dbt.load(sale("one", "2020-09-10T12:00:00"))
    dbt.build()

    result = dbt.invoke("test", "--select", "test_type:unit")

    tests = cast("RunExecutionResult", result.result).results
    assert result.success, [test.message for test in tests]
    tested = {test.node.name.split("_")[0] for test in tests}
    assert tested == {"daily", "dim", "fct", "stg", "usd"}
