"""The graph loads. Every asset has a description, an owner and a link to its code."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import dagster as dg
import pytest

from bandcamp_assets.cli.prepare import prepare_deployment
from bandcamp_assets.definitions import load_definitions
from bandcamp_assets.defs.checks import at_rest, landing, layers
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.foreign_settings import dbt_variables
from bandcamp_assets_tests.homes import TestHome

LAYERS = [
    "raw_sales",
    "staged_sales",
    "cleaned_sales",
    "sales_objects",
    "sales",
    "stg_sales",
    "fct_sales",
    "daily_sales",
]


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> dg.AssetGraph:
    home = TestHome(tmp_path_factory.mktemp("graph"))
    assert home.installed_bandcamp("prepare").returncode == 0
    return load_definitions(home.deployment).resolve_asset_graph()


def test_the_layers_follow_each_other_from_the_raw_file_to_the_marts(graph: dg.AssetGraph):
    for upstream, downstream in pairwise(LAYERS):
        assert dg.AssetKey(upstream) in graph.get(dg.AssetKey(downstream)).parent_keys


GROUPS = {
    "landing",
    "lake",
    "warehouse",
    "seeds",
    "dimensions",
    "staging",
    "facts",
    "rollups",
    "report",
    "data_package",
} | {
    f"marts_{question}"
    for question in ("time", "market", "prices", "artists", "business", "published", "dashboard")
}


def test_every_asset_has_a_description_a_group_an_owner_a_kind_and_its_code(graph: dg.AssetGraph):
    for key in graph.executable_asset_keys:
        node = graph.get(key)
        assert node.description, key
        assert node.group_name in GROUPS, key
        is_shown = node.group_name == "report" and key != dg.AssetKey("ledger")
        is_shown = is_shown or node.group_name == "data_package"
        is_of_analysts = is_shown or str(node.group_name).startswith("marts")
        assert node.owners == ["team:analytics" if is_of_analysts else "team:data-engineering"], key
        assert node.tags["bandcamp/data"] in ("delivered", "derived"), key
        assert node.kinds, key
        assert "dagster/code_references" in node.metadata, key


def test_every_asset_takes_a_range_of_days_as_one_run(graph: dg.AssetGraph):
    for key in graph.executable_asset_keys:
        assert graph.get(key).backfill_policy == dg.BackfillPolicy.single_run(), key


def test_the_reconciliation_checks_block(graph: dg.AssetGraph):
    ours = [key for check in (*landing.CHECKS, *layers.CHECKS, *at_rest.CHECKS) for key in check.check_keys]

    blocking = {key.name for key in ours if graph.get_check_spec(key).blocking}
    of_deliveries = {"dropped_files_can_be_read", "corrections_hold_sales", "few_rows_are_rejected"}
    of_files = {"files_are_as_written", "tables_are_as_built"}
    assert {key.name for key in ours} - blocking == of_deliveries | of_files
    assert len(blocking) == 5


def test_dbts_tests_are_checks_of_their_assets(graph: dg.AssetGraph):
    checked = {key.asset_key.to_user_string() for key in graph.asset_check_keys}

    assert {"fct_sales", "sales", "dim_country", "dim_date", "daily_sales", "artist_sales"} <= checked


def test_all_steps_that_open_the_warehouse_share_one_pool(graph: dg.AssetGraph):
    for name in ("sales", "stg_sales", "fct_sales", "daily_sales", "dim_date", "ledger"):
        assert graph.get(dg.AssetKey(name)).pools == {"duckdb"}, name


def test_definitions_load_as_dagster_loads_them(home: TestHome):
    prepare_deployment(home.environment())

    loaded = subprocess.run(
        [sys.executable, "-c", "from bandcamp_assets.definitions import defs; import dagster as dg; "
         "dg.Definitions.validate_loadable(defs())"],
        env=home.environment(),
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip

    assert loaded.returncode == 0, loaded.stderr


@pytest.mark.long
def test_processes_that_load_definitions_at_the_same_time_prepare_what_is_missing(tmp_path: Path):
    home = TestHome(tmp_path / "home")
    foreign = dict.fromkeys(dbt_variables(), "true")
    command = [sys.executable, "-c", "from bandcamp_assets.definitions import defs; defs()"]

    started = [
        subprocess.Popen(command, env=home.environment(**foreign), stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    ended = [(process.communicate()[1], process.returncode) for process in started]

    assert [code for _, code in ended] == [0, 0], ended
    assert load_definitions(home.deployment)
    assert (home.root.stat().st_mode & 0o777) == 0o700


def test_loading_leaves_dbt_and_dagsters_storage_alone_and_garbage_collection_on(home: TestHome):
    prepare_deployment(home.environment())
    script = (
        "import gc, sys; from bandcamp_assets.definitions import defs; defs(); "
        "print(gc.isenabled(), gc.get_freeze_count() > 100_000, {'dbt.cli.main', 'alembic'} & {*sys.modules})"
    )

    said = subprocess.check_output([sys.executable, "-c", script], env=home.environment(), text=True)

    assert said == "True True set()\n"


def test_loading_without_a_prepared_dbt_project_says_what_to_do(home: TestHome):
    with pytest.raises(PlatformError, match="bandcamp prepare"):
        load_definitions(TestHome(home.root / "other").deployment)


def test_every_check_says_in_a_sentence_what_it_checks(graph: dg.AssetGraph):
    described = {key: graph.get_check_spec(key).description or "" for key in graph.asset_check_keys}

    assert [key.to_user_string() for key, text in described.items() if not text.endswith(".")] == []
    assert not any("query of this test" in text for text in described.values())
