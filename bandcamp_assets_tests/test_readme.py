"""The README says what the code says: its tables of settings and reasons, its assets and its commands."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bandcamp_assets.assets.checks import CHECKS
from bandcamp_assets.cli.prepare import prepare_platform
from bandcamp_assets.contract.rejection import RejectionReason
from bandcamp_assets.graph import build_definitions
from bandcamp_assets.settings import DESCRIPTIONS
from bandcamp_assets_tests.homes import SampleHome, TestHome
from bandcamp_assets_tests.patience import PATIENCE_SECONDS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def table(name: str) -> list[list[str]]:
    """The rows of the table between two marks, without its head."""
    section = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", README, re.DOTALL)
    assert section
    lines = [line for line in section.group(1).splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_setting_is_in_the_readme():
    assert table("settings") == [[f"`{name}`", meaning] for name, meaning in DESCRIPTIONS.items()]


def test_every_reason_is_in_the_readme():
    assert table("reasons") == [[f"`{reason.value}`", reason.meaning] for reason in RejectionReason]


def test_every_check_is_in_the_readme():
    for check in CHECKS:
        (key,) = check.check_keys
        assert f"`{key.name}`" in README


def test_every_asset_of_the_graph_is_in_the_readme(home: TestHome):
    keys = build_definitions(prepare_platform(home.environment())).resolve_asset_graph().executable_asset_keys
    seeds = {"item_types", "countries", "country_texts", "bandcamp_fridays", "published_figures"}

    missing = {key.to_user_string() for key in keys} - seeds - set(re.findall(r"`(\w+)`", README))

    assert not missing


@pytest.mark.parametrize("target", ["run", "ui", "dashboard", "test", "lint", "bench", "lock", "clean"])
def test_every_make_target_is_described(target: str):
    assert re.search(rf"^{target}:.*## \w+", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.xdist_group("sample")
def test_the_example_of_opening_the_lake_runs(sample_home: SampleHome, tmp_path: Path):
    code = re.search(r"<!-- lake -->\n```python\n(.*?)```", README, re.DOTALL)
    assert code
    (tmp_path / ".bandcamp").symlink_to(sample_home.home.root)

    done = subprocess.run(
        [sys.executable, "-c", code.group(1)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )

    assert done.returncode == 0, done.stderr
    assert "sale_date" in done.stdout
