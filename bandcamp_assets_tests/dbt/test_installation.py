"""What is parsed once for an installation, and used by each of its homes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bandcamp_assets.dbt import docs, engine, installation
from bandcamp_assets.dbt.manifest import load_manifest, needs_parsing, prepare_manifest
from bandcamp_assets.dbt.project import DbtWorkspace, fingerprint, locate_project
from bandcamp_assets.deployment.deployment import local_workspace
from bandcamp_assets.system.home import Home


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation that keeps no files yet."""
    monkeypatch.setattr(installation.sys, "prefix", str(tmp_path / "installation"))
    return tmp_path / "installation" / "var" / "bandcamp-assets" / "dbt"


def workspace(folder: Path) -> DbtWorkspace:
    return local_workspace(Home(folder))


def test_a_second_home_uses_what_the_first_has_parsed(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = workspace(tmp_path / "one"), workspace(tmp_path / "two")
    assert needs_parsing(first)
    prepare_manifest(first)
    monkeypatch.setattr(engine, "invoke", lambda *_, **__: pytest.fail("dbt was started"))

    assert not needs_parsing(second)
    prepare_manifest(second)

    assert load_manifest(second) == load_manifest(first)
    assert second.parsed_path.read_bytes() == first.parsed_path.read_bytes()
    assert [path.name for path in root.iterdir()] == [fingerprint(first)]
    left = {path.name for path in second.target_dir.iterdir()}
    assert left == {"manifest.json", "partial_parse.msgpack", "checksums.json"}


def test_a_home_parses_for_itself_if_nothing_can_be_kept(root: Path, tmp_path: Path) -> None:
    root.parent.parent.mkdir(parents=True)
    root.parent.write_text("a file instead of the folder")
    home = workspace(tmp_path / "one")

    prepare_manifest(home)

    assert load_manifest(home)["nodes"]
    assert installation.lineage_folder(home, fingerprint(home)) == home.target_dir / "lineage"


def test_the_documentation_is_made_once(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = workspace(tmp_path / "one"), workspace(tmp_path / "two")
    prepare_manifest(first)
    prepare_manifest(second)
    made: list[Path] = []

    def generate(_workspace: DbtWorkspace, _manifest: Mapping[str, Any], target: Path) -> None:
        target.write_text("what it all means")
        made.append(target)

    monkeypatch.setattr(docs, "_generate", generate)
    for home in (first, second):
        docs.make_docs(home, load_manifest(home), home.home / "page.html")

    assert made == [first.home / "page.html"]
    assert (second.home / "page.html").read_text() == "what it all means"


@pytest.mark.long
def test_another_project_is_not_kept(root: Path, tmp_path: Path) -> None:
    copy = tmp_path / "dbt_project"
    shutil.copytree(locate_project(), copy)
    home = DbtWorkspace(
        copy, tmp_path / "dbt", "local", {"DBT_WAREHOUSE_PATH": str(tmp_path / "warehouse.duckdb")}
    )

    prepare_manifest(home)

    assert not root.exists()


@pytest.mark.long
def test_only_the_latest_versions_are_kept(root: Path, tmp_path: Path) -> None:
    home = workspace(tmp_path / "one")
    prepare_manifest(home)
    for number in range(installation.KEPT + 3):
        installation.keep(home, f"version-{number}")
        os.utime(root / f"version-{number}", (number, number))

    installation.keep(home, "the latest")

    kept = {path.name for path in root.iterdir()}
    assert len(kept) == installation.KEPT
    assert {"the latest", fingerprint(home)} <= kept
    assert "version-0" not in kept
