"""The same project, run by dagster-dbt's documented path in a subprocess, must give Dagster the same events."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from functools import cached_property
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

import pytest
from dagster import AssetsDefinition, ExecuteInProcessResult, with_resources
from dagster_dbt import DbtCliResource, DbtProject, dbt_assets
from packaging.version import Version, parse

from bandcamp_assets.components.dbt.translator import BandcampTranslator
from bandcamp_assets.dbt import engine
from bandcamp_assets.dbt.manifest import load_manifest, prepare_manifest
from bandcamp_assets_tests.dbt.conftest import DAYS, SALES, Platform

FAULTY_MARTS = """
models:
  - name: daily_sales
    description: Sales by day.
    columns:
      - name: sale_date
        data_tests: [unique]
  - name: label_sales
    description: Sales by label.
    columns:
      - name: sales
        data_tests: [unique]
"""
"""With a test that fails on the last model, so that everything is built before."""

WITHOUT_LABEL = ("4", SALES[0][1], "unheard of", 9.00)
"""Sales that make the test on labels warn, and give two labels the same number of sales."""


class OfflineDbt(DbtCliResource):
    """Does not call `dbt --version`, which uses the network."""

    @cached_property
    def _cli_version(self) -> Version:
        return parse(installed_version("dbt-core"))


def _by_subprocess(platform: Platform) -> list[AssetsDefinition]:
    prepare_manifest(platform.workspace)
    manifest = load_manifest(platform.workspace)
    project = DbtProject(platform.workspace.project_dir, target="local")
    made: list[AssetsDefinition] = []
    for tag, days in (("reference", None), ("daily", DAYS), ("marts", None)):

        def build(context, dbt: OfflineDbt) -> Iterator[Any]:  # type: ignore[no-untyped-def]
            arguments = ["build", "--exclude-resource-type", "unit_test"]
            if context.has_partition_key or context.has_partition_key_range:
                arguments += ["--vars", json.dumps({"days": list(context.partition_keys)})]
            yield from dbt.cli(arguments, context=context).stream().fetch_row_counts().fetch_column_metadata()
            engine._clean()

        decorate = dbt_assets(
            manifest=manifest,
            project=project,
            dagster_dbt_translator=BandcampTranslator(),
            name=f"dbt_{tag}",
            select=f"tag:{tag}",
            partitions_def=days,
        )
        made.append(decorate(build))
    executable = str(Path(sys.executable).parent / "dbt")
    return list(
        with_resources(
            made,
            {"dbt": OfflineDbt(project_dir=str(project.project_dir), dbt_executable=executable, target="local")},
        )
    )


def _events(result: ExecuteInProcessResult) -> dict[str, Any]:
    """All events of a run, without what differs from run to run."""
    tables = {}
    for event in result.all_events:
        if event.is_step_materialization:
            one = event.step_materialization_data.materialization
            tables[one.asset_key.to_user_string(), one.partition] = {
                key: _comparable(key, value.value) for key, value in one.metadata.items()
            }
    checks = {
        (one.asset_key.to_user_string(), one.check_name): (
            one.passed,
            one.severity.value,
            one.metadata["status"].value,
            one.metadata["dagster_dbt/failed_row_count"].value,
        )
        for one in result.get_asset_check_evaluations()
    }
    return {"succeeded": result.success, "tables": tables, "checks": checks}


def _comparable(key: str, value: Any) -> Any:  # noqa: ANN401
    match key:
        case "Execution Duration" | "invocation_id":
            return "differs"
        case "dagster/column_schema":
            return [column.name for column in value.columns]
        case "dagster/column_lineage":
            return {
                column: sorted((one.asset_key.to_user_string(), one.column_name) for one in dependencies)
                for column, dependencies in value.deps_by_column.items()
            }
    return value


def _without_ours(events: dict[str, Any]) -> dict[str, Any]:
    """The events without what only our path adds: the path of the SQL, and the figures of a day."""
    ours = ("compiled_sql", "dagster/partition_row_count", "amount_paid_usd", "delivered_usd", "estimated_usd")
    return {
        **events,
        "tables": {
            name: {key: value for key, value in metadata.items() if key not in ours}
            for name, metadata in events["tables"].items()
        },
    }


@pytest.mark.long
def test_events_are_those_of_the_subprocess_path(
    changed_platform: Callable[[dict[str, str]], Platform], monkeypatch: pytest.MonkeyPatch
) -> None:
    platform = changed_platform({"models/marts.yml": FAULTY_MARTS})
    platform.load([*SALES, WITHOUT_LABEL])
    ours = _without_ours(_events(platform.run()))
    for table in ("item_types", "fct_sales", "daily_sales", "label_sales"):
        platform.rows(f"drop table bandcamp.{table}")
    for name, value in platform.workspace.env.items():
        monkeypatch.setenv(name, value)
    # Threads of dagster-dbt change the working folder at the same time, and it does not come back.
    monkeypatch.chdir(Path.cwd())

    theirs = _events(platform.run(assets=_by_subprocess(platform)))

    # dagster-dbt declares a source's tests as checks, but runs them only in a subset.
    source_check = ("sales", "source_not_null_bandcamp_sales__id")
    assert ours["checks"].pop(source_check) == (True, "ERROR", "pass", 0)
    theirs["checks"].pop(source_check, None)
    assert ours == theirs
    assert {status for _, _, status, _ in ours["checks"].values()} == {"pass", "warn", "fail"}
    assert {name for name, _ in ours["tables"]} >= {"item_types", "stg_sales", "fct_sales", "label_sales"}
