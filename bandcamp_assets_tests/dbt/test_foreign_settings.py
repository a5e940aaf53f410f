"""Settings for another project's dbt change no table here."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path

import pytest

from bandcamp_assets.dbt import engine
from bandcamp_assets.dbt.manifest import load_manifest, prepare_manifest, read_parsed
from bandcamp_assets_tests.dbt.conftest import SALES, Platform
from bandcamp_assets_tests.foreign_settings import dbt_variables

MORE = ("4", date(2020, 9, 11), "a", 4.00)

FACTS = "select * exclude (_id), _id from bandcamp.fct_sales order by _id"


def test_all_options_of_dbt_are_found() -> None:
    found = dbt_variables()

    assert {"DBT_FULL_REFRESH", "DBT_ENGINE_FULL_REFRESH", "DBT_PROFILES_DIR", "DBT_RECORDER_MODE"} <= found
    assert len(found) > 100


@pytest.mark.parametrize(
    "value", ["true", *(pytest.param(one, marks=pytest.mark.long) for one in ("prod", "/nowhere"))]
)
def test_no_variable_of_dbt_changes_what_is_built(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    assert platform.run(days=("2020-09-09", "2020-09-10")).success
    platform.load([*SALES, MORE])
    for name in (*dbt_variables(), "DBT_ENV_SECRET_OTHER", "DBT_WAREHOUSE_PATH"):
        monkeypatch.setenv(name, value)
    before = dict(os.environ)

    result = platform.run(days=("2020-09-11", "2020-09-11"))

    assert result.success
    assert len(platform.rows(FACTS)) == 4
    assert dict(os.environ) == before


def test_no_variable_of_dbt_changes_how_the_project_is_read(
    unprepared: Platform, parsed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = set(json.loads((parsed / "manifest.json").read_bytes())["nodes"])
    for name in dbt_variables():
        monkeypatch.setenv(name, "true")

    prepare_manifest(unprepared.workspace)

    assert set(load_manifest(unprepared.workspace)["nodes"]) == wanted


def test_profiles_and_projects_elsewhere_change_nothing(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    (other / ".dbt").mkdir(parents=True)
    (other / "dbt_project.yml").write_text("name: acme\nprofile: acme\nflags: {full_refresh: true, empty: true}\n")
    profiles = "config: {full_refresh: true}\nbandcamp:\n  target: prod\n  outputs: {prod: {type: nothing}}\n"
    for folder in (other, other / ".dbt"):
        (folder / "profiles.yml").write_text(profiles)
    monkeypatch.chdir(other)
    monkeypatch.setenv("HOME", str(other))

    assert platform.run(days=("2020-09-09", "2020-09-10")).success

    assert len(platform.rows(FACTS)) == 3
    assert sorted(path.name for path in other.iterdir()) == [".dbt", "dbt_project.yml", "profiles.yml"]


def test_a_level_of_the_log_that_dbt_does_not_know_is_not_passed_on(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBT_LOG_LEVEL_FILE", "verbose")
    prepare_manifest(platform.workspace)

    outcome = engine.invoke(
        platform.workspace,
        ["ls"],
        target_path=platform.workspace.target_dir / "run",
        parsed=read_parsed(platform.workspace, load_manifest(platform.workspace)),
    )

    assert outcome.succeeded
