"""Real dbt, in-process, on a DuckDB file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import polars as pl
import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.artifacts.schemas.run import RunExecutionResult
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest

from bandcamp_assets_tests.dbt_project import sales as given

Job = dict[str, Any]
"""The configuration of a job in BigQuery."""

PROJECT = Path(__file__).parents[2] / "dbt_project"


def close_warehouse() -> None:
    """dbt-duckdb keeps the file open after an invocation."""
    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]


@dataclass
class Dbt:
    """The dbt project on one warehouse. The file's name is part of every compiled query, so it never varies."""

    folder: Path
    manifest: Manifest | None = None
    project: Path = PROJECT
    messages: list[str] = field(default_factory=list)
    failures: dict[str, int] = field(default_factory=dict)
    target = "local"

    @property
    def warehouse(self) -> Path:
        return self.folder / "warehouse.duckdb"

    @property
    def environment(self) -> dict[str, str]:
        """What the profile reads."""
        return {"DBT_WAREHOUSE_PATH": str(self.warehouse)}

    def invoke(self, *arguments: str) -> dbtRunnerResult:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environment.items():
                patch.setenv(name, value)
            patch.setenv("DO_NOT_TRACK", "1")
            patch.setenv("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
            result = dbtRunner(manifest=self.manifest).invoke(
                [
                    *arguments,
                    *("--project-dir", str(self.project), "--profiles-dir", str(self.project)),
                    *("--target-path", str(self.folder / "target"), "--log-path", str(self.folder / "logs")),
                    *("--target", self.target, "--log-level-file", "none", "--quiet"),
                ]
            )
        close_warehouse()
        return result

    def build(self, *arguments: str, days: Sequence[str] | None = None) -> dict[str, str]:
        """Build, without unit tests. Gives each node's status.

        What went wrong is in `messages`, and how many rows each data test found in `failures`.
        """
        variables = ["--vars", json.dumps({"days": list(days)})] if days is not None else []
        result = self.invoke(
            "build",
            "--exclude-resource-type",
            "unit_test",
            "--exclude-resource-type",
            "exposure",
            *variables,
            *arguments,
        )
        if result.exception is not None:
            raise result.exception
        nodes = cast("RunExecutionResult", result.result).results
        self.messages = [str(node.message) for node in nodes]
        self.failures = {node.node.name: node.failures for node in nodes if node.failures is not None}
        return {node.node.name: str(node.status) for node in nodes}

    def jobs(self) -> list[Job]:
        """The jobs that the warehouse was sent so far: none, as DuckDB has no jobs."""
        return []

    def load(self, *rows: dict[str, object]) -> None:
        given.load(self.warehouse, given.frame(rows))

    def load_frame(self, frame: pl.DataFrame) -> None:
        given.load(self.warehouse, frame)

    def query(self, sql: str) -> list[tuple[object, ...]]:
        return given.query(self.warehouse, sql)

    def table(self, name: str) -> pl.DataFrame:
        """All rows of a table or view."""
        return given.table(self.warehouse, name)
