"""The changelog begins with the version of the package, and counts what there is."""

from __future__ import annotations

import re
import tomllib

import dagster as dg

from bandcamp_assets.cli.main import commands
from bandcamp_assets_tests.documents.document import CHANGELOG, ROOT, code_names


def test_it_begins_with_the_version_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert re.findall(r"^## \[([\d.]+)\]", CHANGELOG.text, re.MULTILINE)[0] == project["version"]


def test_the_first_version_names_every_command_and_counts_the_marts(graph: dg.AssetGraph) -> None:
    marts = [key for key in graph.executable_asset_keys if graph.get(key).group_name == "marts"]

    listed = CHANGELOG.found(r"^- The command `bandcamp` with ([^\n]*)$").group(1)

    assert set(code_names(listed)) == set(commands.commands)
    assert f"- {len(marts)} marts" in CHANGELOG.text
