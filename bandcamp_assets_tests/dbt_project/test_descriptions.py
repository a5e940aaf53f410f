"""Everything in the warehouse is described, and nothing else is."""

from __future__ import annotations

import re
from datetime import date

import yaml
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import ModelNode, SeedNode

from bandcamp_assets.contract.sale import Sale
from bandcamp_assets.sources.archive.published import CSV_SHA256
from bandcamp_assets_tests.dbt_project.duckdb_dbt import PROJECT, Dbt
from bandcamp_assets_tests.dbt_project.marts_expected_seeds import LISTED_UNTIL, seed
from bandcamp_assets_tests.dbt_project.sales import sale

COMPARISON = "model.bandcamp.published_comparison"


def models_and_seeds(manifest: Manifest) -> list[ModelNode | SeedNode]:
    return [node for node in manifest.nodes.values() if isinstance(node, ModelNode | SeedNode)]


def test_every_node_and_column_is_described(manifest: Manifest) -> None:
    nodes = [*manifest.sources.values(), *models_and_seeds(manifest)]

    bare = [node.name for node in nodes if not node.description.strip()]
    bare += [
        f"{node.name}.{name}"
        for node in nodes
        for name, column in node.columns.items()
        if not column.description.strip()
    ]

    assert len(nodes) >= 14
    assert bare == []


def test_the_overview_names_every_mart_and_nothing_that_is_not_there(manifest: Manifest) -> None:
    overview = manifest.docs["doc.bandcamp.__overview__"].block_contents

    linked = re.findall(r"\(#!/(?:model|source)/([\w.]+)\)", overview)

    marts = {name for name, node in manifest.nodes.items() if isinstance(node, ModelNode) and "marts" in node.tags}
    assert marts <= set(linked)
    assert set(linked) <= {*manifest.nodes, *manifest.sources}


def test_described_columns_are_those_of_the_warehouse_in_order(dbt: Dbt, manifest: Manifest) -> None:
    dbt.load(sale("one", "2020-09-10T12:00:00"))
    statuses = dbt.build()
    nodes = models_and_seeds(manifest)

    described = {node.name: list(node.columns) for node in nodes}
    made = {name: [column for column, *_ in dbt.query(f"describe {name}")] for name in described}

    assert set(statuses.values()) == {"success", "pass"}
    assert made == described


def test_fact_begins_with_the_documented_columns(manifest: Manifest) -> None:
    columns = list(manifest.nodes["model.bandcamp.fct_sales"].columns)

    assert columns[:15] == [
        *("_id", "transaction_date", "url", "artist_name", "album_title", "item_type", "slug_type", "country"),
        *("item_price", "amount_paid", "currency", "item_price_usd", "amount_paid_usd"),
        *("amount_overpaid_usd", "paid_to_price_ratio"),
    ]


def test_source_is_the_platforms_asset(manifest: Manifest) -> None:
    source = manifest.sources["source.bandcamp.bandcamp.sales"]

    assert (source.schema, source.name) == ("bandcamp", "sales")
    assert list(source.columns) == Sale.column_names()
    assert source.meta["dagster"]["asset_key"] == ["sales"]


def test_every_node_belongs_to_exactly_one_invocation(manifest: Manifest) -> None:
    invocations = {"reference", "daily", "marts"}
    nodes = models_and_seeds(manifest)

    assert {node.name: len(invocations & set(node.tags)) for node in nodes} == {node.name: 1 for node in nodes}


def test_the_archive_is_known_by_its_checksum() -> None:
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())

    assert project["vars"]["archive_file"] == CSV_SHA256[:16]


def test_bandcamp_fridays_are_fridays_with_a_source_and_evidence() -> None:
    days = seed("bandcamp_fridays")

    assert {date.fromisoformat(row["pacific_date"]).strftime("%A") for row in days} == {"Friday"}
    assert [row for row in days if not (row["source"].startswith("https://") and row["evidence"])] == []
    # The Chicago Reader calls it the 22nd.
    waived = [row["pacific_date"] for row in days if row["is_waived"] == "true"]
    assert sorted(waived)[21] == "2022-05-06"


def test_the_list_of_bandcamp_fridays_ends_where_the_tests_say() -> None:
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())

    assert project["vars"]["bandcamp_fridays_complete_until"] == LISTED_UNTIL.isoformat()


def test_every_published_figure_is_worked_out(manifest: Manifest) -> None:
    published = {row["figure"] for row in seed("published_figures")}

    worked_out = set(re.findall(r"^    '(\w+)':", manifest.nodes[COMPARISON].raw_code, re.MULTILINE))

    assert worked_out == published


def test_every_question_of_a_mart_is_named(manifest: Manifest) -> None:
    unanswered = {"income_shares", "dashboard_sales", "dashboard_artists"}
    marts = [node for node in models_and_seeds(manifest) if "marts" in node.tags]

    without = {node.name for node in marts if "?" not in node.description}

    assert without == unanswered
