"""Real dbt, in-process, on a DuckDB file of each test's own, and on one dataset of the BigQuery emulator."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from dbt.contracts.graph.manifest import Manifest

from bandcamp_assets_tests.dbt_project.duckdb_dbt import PROJECT, Dbt, close_warehouse
from bandcamp_assets_tests.dbt_project.googlesql_dbt import CompilingDbt, GoogleSqlDbt
from bandcamp_assets_tests.dbt_project.stages import cloud, local, stages_sales
from bandcamp_assets_tests.emulators.fixtures import google_cloud
from bandcamp_assets_tests.googlesql.engine import GoogleSqlEngine

__all__ = ["PROJECT", "Dbt", "cloud", "google_cloud", "local", "stages_sales"]


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    result = Dbt(tmp_path_factory.mktemp("dbt_parse")).invoke("parse")
    assert result.success, result.exception
    return cast("Manifest", result.result)


@pytest.fixture
def dbt(tmp_path: Path, manifest: Manifest) -> Iterator[Dbt]:
    yield Dbt(tmp_path, manifest)
    close_warehouse()


@pytest.fixture(scope="session")
def googlesql(tmp_path_factory: pytest.TempPathFactory) -> GoogleSqlDbt:
    return GoogleSqlDbt(GoogleSqlEngine(), CompilingDbt(tmp_path_factory.mktemp("googlesql")).compiled())
