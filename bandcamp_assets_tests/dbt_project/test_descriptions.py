"""Everything in the warehouse is described, and nothing else is."""

from __future__ import annotations

from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import ModelNode, SeedNode

from bandcamp_assets.contract.sale import Sale
from bandcamp_assets_tests.dbt_project.duckdb_dbt import Dbt
from bandcamp_assets_tests.dbt_project.sales import sale


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
