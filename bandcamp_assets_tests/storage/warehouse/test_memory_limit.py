"""The limit on DuckDB's memory is the same for the platform and for dbt."""

from __future__ import annotations

from pathlib import Path

import yaml

from bandcamp_assets.storage.warehouse.duckdb_file import MEMORY_LIMIT


def test_dbt_and_the_platform_give_duckdb_the_same_memory():
    profile = yaml.safe_load((Path(__file__).parents[3] / "dbt_project" / "profiles.yml").read_text())

    assert profile["bandcamp"]["outputs"]["local"]["config_options"]["memory_limit"] == MEMORY_LIMIT
