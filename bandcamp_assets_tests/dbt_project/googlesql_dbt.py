"""The project as it is compiled for BigQuery, run by Google's own SQL engine, without any server.

The seeds come from the DuckDB warehouse that is compared: they are data, not SQL. The statements that dbt writes
around the compiled queries are looked at in `test_googlesql_statements`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import polars as pl
from dbt.artifacts.schemas.run import RunExecutionResult
from dbt.contracts.graph.nodes import GenericTestNode, ModelNode, SeedNode

from bandcamp_assets_tests.dbt_project.comparison import first_difference
from bandcamp_assets_tests.dbt_project.duckdb_dbt import Dbt
from bandcamp_assets_tests.googlesql.database import GoogleSql
from bandcamp_assets_tests.googlesql.engine import GoogleSqlEngine
from bandcamp_assets_tests.googlesql.values import NUMERIC

PROJECT_AND_DATASET = "a-project.bandcamp"
SEED_TYPES = {"string": pl.String(), "date": pl.Date(), "boolean": pl.Boolean(), "numeric": NUMERIC}


class CompilingDbt(Dbt):
    """dbt with the target `gcp`. Nothing listens where BigQuery would be, and nothing is asked."""

    target = "gcp"

    @property
    def environment(self) -> dict[str, str]:
        """What the profile reads."""
        project, dataset = PROJECT_AND_DATASET.split(".")
        return {
            "DBT_GCP_METHOD": "oauth-secrets",
            "DBT_GCP_PROJECT": project,
            "DBT_GCP_DATASET": dataset,
            "DBT_GCP_LOCATION": "EU",
            "DBT_GCP_ENDPOINT": "http://127.0.0.1:9",
            "DBT_GCP_TOKEN": "emulator",
            "DBT_GCP_KEY_FILE": "",
            "DBT_GCP_IMPERSONATE": "",
            "DBT_GCP_MAXIMUM_BYTES_BILLED": "1",
            "DBT_GCP_TIMEOUT_SECONDS": "1",
            "NO_GCE_CHECK": "true",
        }

    def compiled(self) -> CompiledProject:
        """Every query of the project."""
        result = self.invoke("compile", "--no-populate-cache", "--no-introspect")
        assert result.success, result.exception
        nodes = [one.node for one in cast("RunExecutionResult", result.result).results]
        return CompiledProject(
            seeds={node.name: _columns(node) for node in nodes if isinstance(node, SeedNode)},
            models={node.name: str(node.compiled_code) for node in nodes if isinstance(node, ModelNode)},
            tests={node.name: str(node.compiled_code) for node in nodes if isinstance(node, GenericTestNode)},
        )


@dataclass(frozen=True)
class CompiledProject:
    """The queries of models and data tests, by name; models stand behind those they read. Seeds without rows."""

    seeds: dict[str, pl.DataFrame]
    models: dict[str, str]
    tests: dict[str, str]


@dataclass(frozen=True)
class GoogleSqlDbt:
    """The compiled project, and the engine that runs it."""

    engine: GoogleSqlEngine
    project: CompiledProject

    def build(self, sales: pl.DataFrame, seeds: dict[str, pl.DataFrame], models: Sequence[str]) -> GoogleSql:
        """A database of these sales and seeds, and of the models named."""
        database = GoogleSql(self.engine)
        for name, rows in {"sales": sales, **seeds}.items():
            database.load(full_name(name), rows)
        for name, query in self.project.models.items():
            if name in models:
                database.load(full_name(name), database.run(query))
        return database

    def differences(self, dbt: Dbt) -> list[str]:
        """Where the models of a DuckDB warehouse differ from what the engine makes of its sales and seeds."""
        held = {name for (name,) in dbt.query("select table_name from information_schema.tables")}
        built = [name for name in self.project.models if name in held]
        assert "stg_sales" in built
        seeds = {name: dbt.table(name) for name in self.project.seeds if name in held}
        database = self.build(dbt.table("sales"), seeds, built)
        found = [
            first_difference(name, dbt.table(name), database.table(full_name(name)), other="GoogleSQL")
            for name in built
        ]
        return [difference for difference in found if difference]


def _columns(seed: SeedNode) -> pl.DataFrame:
    return pl.DataFrame(schema={name: SEED_TYPES[dtype] for name, dtype in seed.config.column_types.items()})


def full_name(table: str) -> str:
    """A table's name in BigQuery."""
    return f"{PROJECT_AND_DATASET}.{table}"
