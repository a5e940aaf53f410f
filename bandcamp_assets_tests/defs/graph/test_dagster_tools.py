"""Dagster's commands find the graph from the root of the clone. Nothing has to be prepared or exported first."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bandcamp_assets_tests.homes import TestHome

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.long


def dg(home: TestHome, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("dg"), *arguments],
        cwd=ROOT,
        env=home.environment(VIRTUAL_ENV=sys.prefix),
        capture_output=True,
        text=True,
        check=False,
    )


def test_dg_accepts_the_definitions_and_no_library_complains_at_the_end(tmp_path: Path):
    checked = dg(TestHome(tmp_path / "home"), "check", "defs")

    assert checked.returncode == 0, checked.stderr
    assert "All definitions loaded successfully" in checked.stdout + checked.stderr
    assert "leaked" not in checked.stderr
    assert "Duplicate" not in checked.stderr


def test_dg_lists_every_asset_of_the_graph(tmp_path: Path):
    listed = dg(TestHome(tmp_path / "home"), "list", "defs", "--json")

    assert listed.returncode == 0, listed.stderr
    keys = {asset["asset_key"] for asset in json.loads(listed.stdout)["assets"]}
    assert {"raw_sales", "cleaned_sales", "sales_objects", "sales", "fct_sales", "daily_sales", "ledger"} <= keys
