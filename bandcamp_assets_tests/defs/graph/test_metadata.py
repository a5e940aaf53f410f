"""What each asset says of itself by Dagster's standard keys, in the graph and in the events of a real run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
import pytest

from bandcamp_assets.definitions import load_definitions
from bandcamp_assets.system.instance.local import open_instance
from bandcamp_assets_tests.homes import SampleHome

pytestmark = pytest.mark.xdist_group("sample")

NOT_TABLES = {"raw_sales", "raw_objects", "feed_pages", "dbt_docs", "data_package"}
NOT_COUNTED = NOT_TABLES | {"stg_sales"}
"""Files whose rows are not known before they are staged, pages, and a view, which holds no rows."""


@pytest.fixture(scope="module")
def graph(sample_home: SampleHome) -> dg.AssetGraph:
    return load_definitions(sample_home.home.deployment).resolve_asset_graph()


@pytest.fixture(scope="module")
def instance(sample_home: SampleHome) -> Iterator[dg.DagsterInstance]:
    with open_instance(sample_home.home.deployment.settings.home) as instance:
        yield instance


@pytest.fixture(scope="module")
def events(graph: dg.AssetGraph, instance: dg.DagsterInstance) -> dict[str, list[dg.AssetMaterialization]]:
    """The materializations of each asset, the latest first."""
    return {
        key.to_user_string(): [
            record.asset_materialization
            for record in instance.fetch_materializations(key, limit=100).records
            if record.asset_materialization
        ]
        for key in graph.executable_asset_keys
    }


def keys_of(graph: dg.AssetGraph, event: dg.AssetMaterialization) -> Mapping[str, Any]:
    """What the UI shows of an event: its own metadata, and that of the asset."""
    return {**graph.get(event.asset_key).metadata, **event.metadata}


def test_only_the_feed_that_nobody_asked_for_was_not_materialized(
    events: dict[str, list[dg.AssetMaterialization]],
):
    assert [name for name, found in events.items() if not found] == ["feed_pages"]


def test_every_materialization_says_where_the_data_lies_and_how_much_there_is(
    graph: dg.AssetGraph, events: dict[str, list[dg.AssetMaterialization]]
):
    for name, found in events.items():
        for event in found:
            shown = keys_of(graph, event)
            expected = {"dagster/uri", "dagster/storage_kind"}
            expected |= set() if name in NOT_TABLES else {"dagster/column_schema"}
            expected |= set() if name in NOT_COUNTED else {"dagster/row_count"}
            expected |= {"dagster/partition_row_count"} if event.partition and name not in NOT_COUNTED else set()
            expected |= {"dagster/table_name"} if "duckdb" in graph.get(event.asset_key).kinds else set()
            assert expected - set(shown) == set(), (name, event.partition)


def test_counts_and_money_are_numbers_that_the_ui_can_plot(events: dict[str, list[dg.AssetMaterialization]]):
    numbers = (dg.IntMetadataValue, dg.FloatMetadataValue)
    counted = ("_usd", "_count", "_bytes", "_rows", "seconds")

    texts = {
        (name, key)
        for name, found in events.items()
        for event in found
        for key, value in event.metadata.items()
        if key.endswith(counted) and not isinstance(value, numbers)
    }

    assert texts == set()


def test_the_rows_of_the_days_are_the_rows_of_the_asset(events: dict[str, list[dg.AssetMaterialization]]):
    for name in ("cleaned_sales", "duplicate_sales", "sales_objects", "sales", "usd_rates", "fct_sales"):
        by_day = sum(int(str(one.metadata["dagster/partition_row_count"].value)) for one in events[name])

        assert by_day == events[name][0].metadata["dagster/row_count"].value, name


def test_every_column_with_parents_links_to_them(
    graph: dg.AssetGraph, events: dict[str, list[dg.AssetMaterialization]]
):
    for name, found in events.items():
        shown = keys_of(graph, found[0]) if found else {}
        lineage = shown.get("dagster/column_lineage")
        if lineage is None:
            continue
        schema = shown["dagster/column_schema"]
        descriptions = {
            column.name: column.description or "" for column in getattr(schema, "schema", schema).columns
        }
        for column, parents in lineage.value.deps_by_column.items():
            for parent in parents:
                link = f"[{parent.asset_key.to_user_string()}](/assets/{parent.asset_key.to_user_string()})"
                assert f"{link}.`{parent.column_name}`" in descriptions[column], (name, column)
