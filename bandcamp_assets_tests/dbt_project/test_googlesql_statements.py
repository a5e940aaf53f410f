"""Every statement that dbt sends to BigQuery, run once more by Google's own SQL engine: same rows, same verdicts.

The statements are those that the emulator was sent: tables, views, merges, comparisons with contracts, data tests,
descriptions. The engine gets the sales and the seeds, and makes every other table from the statements. It analyses
each as it was sent. Two are then said in another way, because the engine runs queries alone: `googlesql.syntax`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pytest
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import SeedNode

from bandcamp_assets_tests.dbt_project.bigquery_dbt import BigQueryDbt
from bandcamp_assets_tests.dbt_project.comparison import KEYS, first_difference
from bandcamp_assets_tests.dbt_project.duckdb_dbt import Dbt
from bandcamp_assets_tests.dbt_project.stages import ROLLUPS, STAGES, Stages, Tables
from bandcamp_assets_tests.googlesql.database import GoogleSql
from bandcamp_assets_tests.googlesql.engine import GoogleSqlEngine

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("stages"), pytest.mark.timeout(1800)]
"""The first test runs all stages in both warehouses and in the engine, unless another file did so."""


@dataclass
class Judged:
    """What the engine holds after each stage, what the data tests found, and how many statements of which kind."""

    tables: dict[str, Tables] = field(default_factory=dict)
    failures: dict[str, dict[str, int]] = field(default_factory=dict)
    kinds: Counter[tuple[str, str]] = field(default_factory=Counter)


@pytest.fixture(scope="module")
def judged(local: Stages[Dbt], cloud: Stages[BigQueryDbt], manifest: Manifest) -> Judged:
    """The stages once more, in the engine."""
    place = f"{cloud.dbt.place.project}.{cloud.dbt.place.dataset}"
    database, judged = GoogleSql(GoogleSqlEngine()), Judged()
    for node in manifest.nodes.values():
        if isinstance(node, SeedNode):
            database.load(f"{place}.{node.name}", local.tables["built"][node.name])
    for stage in STAGES:
        database.load(f"{place}.sales", cloud.sales_of(stage))
        judged.failures[stage] = {}
        for job in cloud.jobs[stage]:
            labels, sql = job["labels"], job["query"]["query"]
            rows = database.run(sql)
            judged.kinds[labels["dbt_node_type"], sql.partition("*/")[2].split()[0]] += 1
            if labels["dbt_node_type"] == "test":
                judged.failures[stage][labels["dbt_model"]] = rows["failures"].item()
        judged.tables[stage] = {name: database.table(f"{place}.{name}") for name in KEYS}
    return judged


@pytest.mark.parametrize("stage", STAGES)
def test_googles_engine_holds_the_same_as_duckdb(local: Stages[Dbt], judged: Judged, stage: str) -> None:
    ours, theirs = local.tables[stage], judged.tables[stage]
    differences = [first_difference(name, ours[name], theirs[name], other="GoogleSQL") for name in KEYS]

    assert [found for found in differences if found] == []


@pytest.mark.parametrize("stage", STAGES)
def test_every_data_test_finds_as_many_rows_as_in_duckdb(local: Stages[Dbt], judged: Judged, stage: str) -> None:
    assert judged.failures[stage] == local.failures[stage]


def test_every_kind_of_statement_was_judged(judged: Judged) -> None:
    assert set(judged.kinds) == {
        ("model", "create"),
        ("model", "merge"),
        ("model", "select"),
        ("seed", "alter"),
        ("test", "select"),
    }
    assert judged.kinds["model", "merge"] == len({"usd_rates", "fct_sales", *ROLLUPS}) * len(STAGES[1:])
