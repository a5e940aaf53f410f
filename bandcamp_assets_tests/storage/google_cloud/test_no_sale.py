"""A first file without a valid sale on Google Cloud: all tables exist but are empty, and later sales fill them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bandcamp_assets.dbt.manifest import load_manifest
from bandcamp_assets_tests.raw_files import raw_row, write_csv
from bandcamp_assets_tests.storage.google_cloud.conftest import Cloud
from bandcamp_assets_tests.storage.google_cloud.deployment import GcpHome

pytestmark = pytest.mark.long


def test_a_first_file_without_a_sale_leaves_empty_tables(cloud: Cloud, tmp_path: Path):
    home = GcpHome(tmp_path / "home", cloud)

    printed = home.run("--source", str(write_csv(tmp_path / "header.csv", [])))

    assert "! There are no sales: no delivered file has a row below its header" in printed
    nodes = load_manifest(home.deployment.dbt)["nodes"].values()
    models = {node["alias"] for node in nodes if node["resource_type"] in ("model", "seed")}
    held = {table.table_id for table in cloud.warehouse().list_tables(cloud.place.dataset_id)}
    assert models - held == set()
    assert home.ledger().total("fct_sales").rows == 0
    assert "everything was up to date, nothing to do" in home.run()

    home.run("--source", str(write_csv(tmp_path / "sales.csv", [raw_row(200_000)])))

    ledger = home.ledger()
    assert (ledger.holds, ledger.total("fct_sales").rows) == (True, 1)
