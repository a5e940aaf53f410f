"""The models as BigQuery gets them are as tidy as those for DuckDB, which `make lint` looks at."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bandcamp_assets_tests.dbt_project.bigquery_dbt import BigQueryDbt
from bandcamp_assets_tests.dbt_project.duckdb_dbt import PROJECT
from bandcamp_assets_tests.dbt_project.stages import Stages

FOR_BIGQUERY = """
[sqlfluff]
dialect = bigquery
[sqlfluff:templater:dbt]
target = gcp
"""


def test_the_sql_for_bigquery_is_tidy(cloud: Stages[BigQueryDbt], tmp_path: Path) -> None:
    config = tmp_path / "bigquery.cfg"
    config.write_text(FOR_BIGQUERY, encoding="utf-8")
    paths = {"DBT_TARGET_PATH": str(tmp_path / "target"), "DBT_LOG_PATH": str(tmp_path / "logs")}

    sqlfluff = Path(sys.executable).with_name("sqlfluff")

    linted = subprocess.run(
        [sqlfluff, "lint", "--disable-progress-bar", "--config", config, "models"],
        cwd=PROJECT,
        env=os.environ | cloud.dbt.environment | paths,
        capture_output=True,
        text=True,
    )

    assert linted.returncode == 0, linted.stdout + linted.stderr
    assert "All Finished" in linted.stdout
