"""The models are tidy, as DuckDB gets them and as BigQuery gets them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from bandcamp_assets_tests.dbt_project.bigquery_dbt import BigQueryDbt
from bandcamp_assets_tests.dbt_project.duckdb_dbt import PROJECT
from bandcamp_assets_tests.dbt_project.stages import Stages

SQLFLUFF = """
from bandcamp_assets.system.memory import collect_seldom
from sqlfluff.cli.commands import cli
collect_seldom()
cli()
"""
"""The command `sqlfluff`, in two thirds of its time: its trees are full of circles that live until it ends."""

FOR_BIGQUERY = """
[sqlfluff]
dialect = bigquery
[sqlfluff:templater:dbt]
target = gcp
"""


def lint(*options: str | Path, folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Lint all models as `make lint` does, but with a folder for dbt of its own."""
    paths = {"DBT_TARGET_PATH": str(folder / "target"), "DBT_LOG_PATH": str(folder / "logs")}
    return subprocess.run(
        [sys.executable, "-c", SQLFLUFF, "lint", "--disable-progress-bar", *options, "models"],
        cwd=PROJECT,
        env=os.environ | environment | paths,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.long
def test_the_sql_for_duckdb_is_tidy(tmp_path: Path) -> None:
    linted = lint(folder=tmp_path, environment={"DBT_WAREHOUSE_PATH": ":memory:"})

    assert linted.returncode == 0, linted.stdout + linted.stderr
    assert "All Finished" in linted.stdout


@pytest.mark.long
@pytest.mark.xdist_group("stages")
def test_the_sql_for_bigquery_is_tidy(cloud: Stages[BigQueryDbt], tmp_path: Path) -> None:
    config = tmp_path / "bigquery.cfg"
    config.write_text(FOR_BIGQUERY, encoding="utf-8")

    linted = lint("--config", config, folder=tmp_path, environment=cloud.dbt.environment)

    assert linted.returncode == 0, linted.stdout + linted.stderr
    assert "All Finished" in linted.stdout
