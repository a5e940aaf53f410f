"""The page of the graph says what Dagster loads: its chart, its assets, its checks, its sensors and schedules."""

from __future__ import annotations

import re

import dagster as dg

from bandcamp_assets.defs.checks import at_rest, data_package, landing, layers
from bandcamp_assets_tests.documents.document import GRAPH, code_names
from bandcamp_assets_tests.documents.graph import SEEDS, arrows, is_mart, is_shared, stations


def test_the_chart_has_the_arrows_of_the_graph_and_no_other(graph: dg.AssetGraph) -> None:
    marts = [key for key in graph.executable_asset_keys if is_mart(graph, key)]

    assert arrows(GRAPH.found(r"```mermaid\n(.*?)```").group(1)) == stations(graph)
    assert f"marts[{len(marts)} marts:" in GRAPH.text


def test_the_table_of_assets_says_which_are_made_by_day(graph: dg.AssetGraph) -> None:
    said = {
        name: partitions
        for assets, partitions, _what in GRAPH.table("| asset | partitions | what it is |")
        for name in code_names(assets)
    }
    marts = {key for key in graph.executable_asset_keys if is_mart(graph, key)}
    shared = {key for key in graph.executable_asset_keys if is_shared(key)}
    others = {key.to_user_string(): key for key in graph.executable_asset_keys - marts - shared}

    made_by_day = {
        name
        for name, key in others.items()
        if isinstance(graph.get(key).partitions_def, dg.DailyPartitionsDefinition)
    }
    assert said.pop("tables/\u2026") == "\u2013"
    assert said == {name: "day" if name in made_by_day else "\u2013" for name in others.keys() - SEEDS}
    assert [
        key for key in [*marts, *shared, *(others[name] for name in SEEDS)] if graph.get(key).partitions_def
    ] == []


def test_checks_that_block_and_checks_that_warn_are_told_apart(graph: dg.AssetGraph) -> None:
    ours = {
        key.name: graph.get_check_spec(key).blocking
        for check in (*landing.CHECKS, *layers.CHECKS, *at_rest.CHECKS, *data_package.CHECKS)
        for key in check.check_keys
    }
    warning = GRAPH.found(r"^Five more checks warn:\n\n((?:(?:- |  )[^\n]*\n)+)").group(1)

    listed = [code_names(check)[0] for check, _compares in GRAPH.table("| check (blocking) | what it compares |")]
    warn = [name for item in re.findall(r"^- (.*?):", warning, re.MULTILINE) for name in code_names(item)]

    assert sorted(listed) == sorted(name for name, blocks in ours.items() if blocks)
    assert sorted(warn) == sorted(name for name, blocks in ours.items() if not blocks)
    assert len(warn) == 5


WHEN = {
    "every 10 s": 10,
    "every minute": 60,
    "every 30 s": 30,
    "03:00": "0 3 * * *",
    "04:00": "0 4 * * *",
    "Sunday 05:00": "0 5 * * 0",
    "every 2 min, off": "*/2 * * * *",
}
"""The seconds between two looks, or the line of cron, that the table of rules says in words."""


def test_the_table_of_rules_says_when_each_looks_or_runs(definitions: dg.Definitions) -> None:
    rules = {
        name: when
        for names, when, _what in GRAPH.table("| rule | when (UTC) | what |")
        for name in code_names(names)
    }
    # When this one asks for a run is in `defs/automation/test_rules.py`.
    assert rules.pop("archive_raw_files") == "on the hour"

    repository = definitions.get_repository_def()
    looks = {one.name: one.minimum_interval_seconds for one in repository.sensor_defs}
    runs = {one.name: one.cron_schedule for one in repository.schedule_defs}

    del looks["archive_raw_files"]
    assert {name: WHEN[when] for name, when in rules.items()} == looks | runs
