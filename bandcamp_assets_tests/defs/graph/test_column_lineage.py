"""Column lineage, followed through the events of a real run: from the page to the raw file, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg
import pytest

from bandcamp_assets.contract.sale import DERIVED_FROM, SOURCE_COLUMNS, Sale
from bandcamp_assets.system.instance.local import open_instance
from bandcamp_assets_tests.homes import SampleHome

pytestmark = pytest.mark.xdist_group("sample")

Column = tuple[str, str]


@pytest.fixture(scope="module")
def instance(sample_home: SampleHome) -> Iterator[dg.DagsterInstance]:
    with open_instance(sample_home.home.deployment.settings.home) as instance:
        yield instance


def parents_of(instance: dg.DagsterInstance, asset: str) -> dict[str, list[Column]]:
    """The columns that each column of an asset is made from, by the asset's latest event."""
    event = instance.get_latest_materialization_event(dg.AssetKey(asset))
    assert event
    assert event.asset_materialization
    lineage = event.asset_materialization.metadata.get("dagster/column_lineage")
    found = lineage.value.deps_by_column.items() if isinstance(lineage, dg.TableColumnLineageMetadataValue) else ()
    return {name: [(part.asset_key.to_user_string(), part.column_name) for part in parts] for name, parts in found}


def sources_of(instance: dg.DagsterInstance, asset: str, column: str) -> set[Column]:
    """The columns without parents that a column is made from in the end."""
    parents = parents_of(instance, asset).get(column)
    if not parents:
        return {(asset, column)}
    return {source for parent in parents for source in sources_of(instance, *parent)}


def test_the_money_of_the_page_comes_from_the_raw_file(instance: dg.DagsterInstance):
    found = sources_of(instance, "sales_dashboard", "daily_sales.revenue_usd")

    assert found == {("raw_sales", name) for name in ("amount_paid_usd", "amount_paid", "currency")}


@pytest.mark.parametrize("asset", ["staged_sales", "cleaned_sales", "sales_objects", "sales"])
def test_every_column_of_a_sale_leads_to_its_columns_of_the_raw_file(instance: dg.DagsterInstance, asset: str):
    for column in Sale.column_names():
        parts = DERIVED_FROM.get(column, (column,))
        expected = {("raw_sales", part) for part in parts} or {("staged_sales", column)}

        assert sources_of(instance, asset, column) == expected, column


@pytest.mark.long
def test_every_column_that_the_page_shows_leads_past_the_layers_between(instance: dg.DagsterInstance):
    shown = parents_of(instance, "sales_dashboard")

    ends = {source for column in shown for source in sources_of(instance, "sales_dashboard", column)}

    assert len(shown) > 100
    assert {name for asset, name in ends if asset == "raw_sales"} <= set(SOURCE_COLUMNS)
    # Else columns of seeds, and counts and labels that a model makes of no column.
    assert not {asset for asset, _ in ends} & {
        "staged_sales",
        "cleaned_sales",
        "sales_objects",
        "sales",
        "stg_sales",
    }
