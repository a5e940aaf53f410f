"""`make bench` runs to its end; what it measures is not judged here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.long, pytest.mark.browser]


def test_every_comparison_runs_and_is_in_the_table(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bandcamp_assets_tests.bench", "--rows", "2000", "--rounds", "1"]

    done = subprocess.run([*command, "--results", tmp_path], check=False, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "RESULTS.json").read_text())["sizes"]["2000"]["whole"]
    assert found["script"]["wall_seconds"] > 0
    assert "script of SQL" in (tmp_path / "RESULTS.md").read_text()
