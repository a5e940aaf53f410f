"""Every mart of the sample and of the real sales against a calculation of its own, number by number."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pytest
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import ModelNode, SeedNode

from bandcamp_assets_tests.dbt_project.comparison import KEYS
from bandcamp_assets_tests.dbt_project.duckdb_dbt import Dbt
from bandcamp_assets_tests.dbt_project.googlesql_dbt import GoogleSqlDbt
from bandcamp_assets_tests.dbt_project.marts_expected_data import EXPECTED, sample_sales, warehouse
from bandcamp_assets_tests.dbt_project.marts_expected_numbers import Row, difference
from bandcamp_assets_tests.dbt_project.marts_expected_published import ARCHIVE
from bandcamp_assets_tests.dbt_project.sales import real_sales

ORDERS = {
    "daily_sales": "sale_date",
    "weekly_sales": "week_start",
    "hour_of_week_sales": "iso_weekday, hour_of_day",
    "pacific_hour_sales": "pacific_date, pacific_hour",
    "bandcamp_friday_effect": "pacific_date, baseline",
    "country_sales": "revenue_usd desc, country",
    "item_type_sales": "item_type_label",
    "currency_sales": "revenue_usd desc, currency",
    "format_sales": "revenue_usd desc, item_format",
    "price_points": "currency, item_price",
    "name_your_price_sales": "sales desc, item_type_label",
    "overpayment": "breakdown, sales desc, segment",
    "order_sizes": "from_usd",
    "quantity_sales": "quantity",
    "artist_sales": "revenue_usd desc, coalesce(artist_name, '')",
    "seller_sales": "revenue_usd desc, coalesce(seller_host, '')",
    "seller_kind_sales": "seller_kind, has_own_domain",
    "income_concentration": "population",
    "income_lorenz": "population, poorest_percent",
    "item_tail": "from_sales",
    "business_model": "item_type_label, is_bandcamp_friday",
    "business_model_sensitivity": "digital_terms, waived_days, has_share_limit, payment_fee_rate",
    "streaming_comparison": "item_type_label, payout_usd_per_1000_streams",
    "published_comparison": "figure",
    "dashboard_sales": "period_start, country, item_type_label, item_format, currency, price_band",
    "dashboard_artists": "artist_name, country, item_type_label, currency",
    "dashboard_names": "seller_role, seller_name",
}
"""In which order a reader of the table finds its rows; `income_shares` is there for other marts alone."""


@dataclass(frozen=True)
class Built:
    """A warehouse, and its single sales, each with what was staged of it."""

    dbt: Dbt

    @cached_property
    def sales(self) -> list[Row]:
        staged = {row["_id"]: row for row in self.dbt.table("stg_sales").to_dicts()}
        return [row | {"staged": staged[row["_id"]]} for row in self.dbt.table("fct_sales").to_dicts()]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory, manifest: Manifest) -> Built:
    """Twenty thousand made-up rows that count as the archive, so that published figures are compared."""
    sales = sample_sales(tmp_path_factory.mktemp("sample"), rows=20_000, file_id=ARCHIVE)
    return Built(warehouse(tmp_path_factory.mktemp("marts"), manifest, sales))


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, manifest: Manifest) -> Built:
    return Built(warehouse(tmp_path_factory.mktemp("marts"), manifest, real_sales()))


@pytest.mark.parametrize("mart", EXPECTED)
def test_the_sample_gives_the_figures_worked_out_apart(sample: Built, mart: str) -> None:
    expected = EXPECTED[mart](sample.sales)

    made = sample.dbt.table(mart)

    assert difference(mart, expected, made) is None


@pytest.mark.parametrize("mart", EXPECTED)
def test_the_real_sales_give_the_figures_worked_out_apart(real: Built, mart: str) -> None:
    expected = EXPECTED[mart](real.sales)

    made = real.dbt.table(mart)

    assert difference(mart, expected, made) is None


@pytest.mark.long
def test_the_real_sales_give_the_same_rows_in_googles_engine(real: Built, googlesql: GoogleSqlDbt) -> None:
    assert googlesql.differences(real.dbt) == []


@pytest.mark.parametrize("mart", ORDERS)
def test_who_reads_a_mart_finds_its_rows_in_their_order(sample: Built, mart: str) -> None:
    expected = sample.dbt.query(f"select * from {mart} order by {ORDERS[mart]}")

    made = sample.dbt.query(f"from {mart}")

    assert len(made) > 1
    assert made == expected


def test_no_mart_is_left_out(manifest: Manifest) -> None:
    marts = {node.name for node in manifest.nodes.values() if isinstance(node, ModelNode) and "marts" in node.tags}

    assert set(EXPECTED) == marts, "EXPECTED in marts_expected_data.py needs a function for each mart"
    assert set(ORDERS) == marts - {"income_shares"}, "ORDERS in this file needs the order of each mart"


def test_the_key_of_every_model_and_seed_is_known(manifest: Manifest) -> None:
    names = {node.name for node in manifest.nodes.values() if isinstance(node, ModelNode | SeedNode)}

    assert set(KEYS) == names, "KEYS in comparison.py needs the key columns of each model and seed"
