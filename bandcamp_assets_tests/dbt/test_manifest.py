"""The manifest is made once, and refused if it is stale."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bandcamp_assets.dbt.manifest import load_manifest, needs_parsing, prepare_manifest, read_parsed
from bandcamp_assets.dbt.project import DbtWorkspace, fingerprint, locate_project
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.dbt.conftest import MakePlatform, Platform


def test_a_missing_manifest_says_what_to_run(unprepared: Platform) -> None:
    with pytest.raises(PlatformError, match="not prepared") as caught:
        load_manifest(unprepared.workspace)

    assert "bandcamp prepare" in caught.value.remedy


def test_a_prepared_manifest_loads_without_parsing_again(platform: Platform) -> None:
    made_at = platform.workspace.manifest_path.stat().st_mtime_ns

    prepare_manifest(platform.workspace)

    assert platform.workspace.manifest_path.stat().st_mtime_ns == made_at
    assert "model.tiny.fct_sales" in load_manifest(platform.workspace)["nodes"]


def test_preparing_leaves_only_the_manifest_and_the_parsed_project(parsed: Path) -> None:
    assert {path.name for path in parsed.iterdir()} == {"manifest.json", "partial_parse.msgpack", "checksums.json"}


def test_a_changed_model_makes_the_manifest_stale(changed_platform: MakePlatform) -> None:
    platform = changed_platform({})
    prepare_manifest(platform.workspace)

    (platform.workspace.project_dir / "models/label_sales.sql").write_text("select 1 as sales")

    with pytest.raises(PlatformError, match="has changed since"):
        load_manifest(platform.workspace)


def test_preparing_again_replaces_a_stale_manifest(changed_platform: MakePlatform) -> None:
    platform = changed_platform({})
    prepare_manifest(platform.workspace)
    (platform.workspace.project_dir / "models/label_sales.sql").write_text("select 1 as changed")

    prepare_manifest(platform.workspace)

    nodes = load_manifest(platform.workspace)["nodes"]
    assert nodes["model.tiny.label_sales"]["raw_code"] == "select 1 as changed"


def test_another_warehouse_makes_the_manifest_stale(platform: Platform, tmp_path: Path) -> None:
    prepare_manifest(platform.workspace)
    elsewhere = replace(platform.workspace, env={"DBT_WAREHOUSE_PATH": str(tmp_path / "other.duckdb")})

    with pytest.raises(PlatformError, match="has changed since"):
        load_manifest(elsewhere)


def test_files_that_dbt_does_not_read_do_not_change_the_fingerprint(changed_platform: MakePlatform) -> None:
    workspace = changed_platform({}).workspace
    before = fingerprint(workspace)

    (workspace.project_dir / ".user.yml").write_text("id: 1")
    (workspace.project_dir / "target").mkdir()
    (workspace.project_dir / "target" / "manifest.json").write_text("{}")

    assert fingerprint(workspace) == before


def test_a_project_that_dbt_cannot_read_is_one_clear_error_and_keeps_the_old_manifest(
    changed_platform: MakePlatform,
) -> None:
    platform = changed_platform({})
    before = prepare_manifest(platform.workspace).read_bytes()
    (platform.workspace.project_dir / "models/label_sales.sql").write_text("select * from {{ ref('nowhere') }}")

    with pytest.raises(PlatformError, match="nowhere"):
        prepare_manifest(platform.workspace)

    assert platform.workspace.manifest_path.read_bytes() == before
    assert not list(platform.workspace.target_dir.glob("parse-*"))


def test_a_missing_project_is_one_clear_error(platform: Platform, tmp_path: Path) -> None:
    nowhere = replace(platform.workspace, project_dir=tmp_path / "nowhere")

    with pytest.raises(PlatformError, match="no dbt project"):
        prepare_manifest(nowhere)


def test_leftovers_of_a_killed_process_are_swept(unprepared: Platform) -> None:
    leftover = unprepared.workspace.target_dir / "parse-dead"
    leftover.mkdir(parents=True)

    prepare_manifest(unprepared.workspace)

    assert not leftover.exists()


@pytest.mark.long
def test_a_project_prepared_again_is_not_mixed_with_definitions_loaded_before(
    changed_platform: MakePlatform,
) -> None:
    platform = changed_platform({})
    prepare_manifest(platform.workspace)
    loaded = load_manifest(platform.workspace)
    (platform.workspace.project_dir / "models/label_sales.sql").write_text("select 1 as changed")
    prepare_manifest(platform.workspace)

    with pytest.raises(PlatformError, match="prepared again"):
        read_parsed(platform.workspace, loaded)


_PREPARE = """
import json, sys
from pathlib import Path
from bandcamp_assets.dbt.manifest import load_manifest, prepare_manifest
from bandcamp_assets.dbt.project import DbtWorkspace
project_dir, home, warehouse = sys.argv[1:]
workspace = DbtWorkspace(Path(project_dir), Path(home), "local", {"DBT_WAREHOUSE_PATH": warehouse})
path = prepare_manifest(workspace)
print(json.dumps([len(load_manifest(workspace)["nodes"]), path.stat().st_ino]))
"""


@pytest.mark.long
def test_two_processes_preparing_at_once_share_one_manifest(unprepared: Platform) -> None:
    workspace = unprepared.workspace
    arguments = [str(workspace.project_dir), str(workspace.home), str(unprepared.warehouse.path)]

    processes = [
        subprocess.Popen([sys.executable, "-c", _PREPARE, *arguments], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    answers = [json.loads(process.communicate()[0]) for process in processes]

    # The same file: the second process waited, and found it current.
    assert answers[0] == answers[1]
    assert [process.returncode for process in processes] == [0, 0]


@pytest.mark.long
def test_reading_the_manifest_does_not_import_dbts_command_line(platform: Platform) -> None:
    prepare_manifest(platform.workspace)
    script = (
        "import sys\nfrom pathlib import Path\nfrom dagster import DailyPartitionsDefinition\n"
        "from bandcamp_assets_tests.dbt.dbt_assets import dbt_assets\n"
        "from bandcamp_assets.dbt.project import DbtWorkspace\n"
        "project_dir, home, path = sys.argv[1:]\n"
        "workspace = DbtWorkspace(Path(project_dir), Path(home), 'local', {'DBT_WAREHOUSE_PATH': path})\n"
        "days = DailyPartitionsDefinition('2020-09-09')\n"
        "made = dbt_assets(workspace, days)\n"
        "print(len(made), 'dbt.cli.main' in sys.modules)\n"
    )
    workspace = platform.workspace
    arguments = [str(workspace.project_dir), str(workspace.home), str(platform.warehouse.path)]

    answer = subprocess.run(
        [sys.executable, "-c", script, *arguments], stdout=subprocess.PIPE, text=True, check=True
    )

    assert answer.stdout.split() == ["3", "False"]


def test_the_platforms_own_project_is_found_and_complete(tmp_path: Path) -> None:
    from dagster import DailyPartitionsDefinition

    from bandcamp_assets_tests.dbt.dbt_assets import dbt_assets

    # A copy, so that an edit at the same time cannot make the manifest stale.
    project_dir = tmp_path / "dbt_project"
    shutil.copytree(locate_project(), project_dir)
    path = tmp_path / "warehouse.duckdb"
    workspace = DbtWorkspace(project_dir, tmp_path / "dbt", "local", {"DBT_WAREHOUSE_PATH": str(path)})
    prepare_manifest(workspace)

    assets = dbt_assets(workspace, DailyPartitionsDefinition("2020-09-09"))

    keys = {key.to_user_string() for one in assets for key in one.keys}
    assert {"stg_sales", "fct_sales", "daily_sales", "dim_country"} <= keys
    assert os.environ.get("DBT_WAREHOUSE_PATH") is None


@pytest.mark.parametrize("name", ["manifest_path", "parsed_path"])
@pytest.mark.parametrize("hurt", ["emptied", "changed"])
def test_a_damaged_manifest_or_parsed_project_is_found(platform: Platform, name: str, hurt: str) -> None:
    path: Path = getattr(platform.workspace, name)
    body = bytearray(path.read_bytes())
    assert not needs_parsing(platform.workspace)

    body[len(body) // 2] ^= 1
    path.write_bytes(b"" if hurt == "emptied" else body)

    assert needs_parsing(platform.workspace)


@pytest.mark.long
def test_a_damaged_manifest_is_made_again(platform: Platform) -> None:
    platform.workspace.manifest_path.write_bytes(b"")

    prepare_manifest(platform.workspace)

    assert not needs_parsing(platform.workspace)
    assert "model.tiny.fct_sales" in load_manifest(platform.workspace)["nodes"]
