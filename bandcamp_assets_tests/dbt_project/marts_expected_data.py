"""Sales to hold the marts against, and warehouses made of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
from dbt.contracts.graph.manifest import Manifest

from bandcamp_assets.lake.cleaning import clean_day, scan_staged
from bandcamp_assets.lake.layout import staged_file
from bandcamp_assets.lake.staging import stage_file
from bandcamp_assets.sources.sample import write_sample
from bandcamp_assets_tests.dbt_project import marts_expected_artists as artists
from bandcamp_assets_tests.dbt_project import marts_expected_business as business
from bandcamp_assets_tests.dbt_project import marts_expected_dashboard as dashboard
from bandcamp_assets_tests.dbt_project import marts_expected_incomes as incomes
from bandcamp_assets_tests.dbt_project import marts_expected_market as market
from bandcamp_assets_tests.dbt_project import marts_expected_prices as prices
from bandcamp_assets_tests.dbt_project import marts_expected_published as published
from bandcamp_assets_tests.dbt_project import marts_expected_time as time
from bandcamp_assets_tests.dbt_project.duckdb_dbt import Dbt
from bandcamp_assets_tests.dbt_project.marts_expected_numbers import Row

EXPECTED: dict[str, Callable[[Sequence[Row]], list[Row]]] = {
    "daily_sales": time.daily_sales,
    "weekly_sales": time.weekly_sales,
    "hour_of_week_sales": time.hour_of_week_sales,
    "pacific_hour_sales": time.pacific_hour_sales,
    "bandcamp_friday_effect": time.bandcamp_friday_effect,
    "country_sales": market.country_sales,
    "currency_sales": market.currency_sales,
    "format_sales": market.format_sales,
    "item_type_sales": market.item_type_sales,
    "price_points": prices.price_points,
    "name_your_price_sales": prices.name_your_price_sales,
    "overpayment": prices.overpayment,
    "order_sizes": prices.order_sizes,
    "quantity_sales": prices.quantity_sales,
    "artist_sales": artists.artist_sales,
    "seller_sales": artists.seller_sales,
    "seller_kind_sales": artists.seller_kind_sales,
    "item_tail": artists.item_tail,
    "income_shares": incomes.income_shares,
    "income_concentration": incomes.income_concentration,
    "income_lorenz": incomes.income_lorenz,
    "business_model": business.business_model,
    "business_model_sensitivity": business.business_model_sensitivity,
    "streaming_comparison": business.streaming_comparison,
    "published_comparison": published.published_comparison,
    "dashboard_sales": dashboard.dashboard_sales,
    "dashboard_artists": dashboard.dashboard_artists,
    "dashboard_names": dashboard.dashboard_names,
}
"""Every mart, and how its rows are worked out from those of `fct_sales`."""


def sample_sales(folder: Path, rows: int, file_id: str) -> pl.DataFrame:
    """Made-up sales, cleaned, as if they had come in the file with that id."""
    write_sample(folder / "sample.csv", rows=rows)
    (folder / "scratch").mkdir()
    with (folder / "sample.csv").open("rb") as stream:
        staged = stage_file(
            stream,
            file_id=file_id,
            arrived_at=datetime.now(UTC),
            lake=folder / "lake",
            scratch=folder / "scratch",
            where="sample.csv",
        )
    files = [staged_file(folder / "lake", day.sale_date, file_id) for day in staged.days]
    return pl.concat([clean_day(scan_staged([file])).sales for file in files])


def warehouse(folder: Path, manifest: Manifest, sales: pl.DataFrame, *marts: str, tests: bool = False) -> Dbt:
    """A warehouse with these sales and the marts named, or all; their data tests run only if asked for."""
    dbt = Dbt(folder, manifest)
    dbt.load_frame(sales)
    selected = ("--select", *(f"+{mart}" for mart in marts)) if marts else ()
    statuses = dbt.build(*selected, *(() if tests else ("--exclude-resource-type", "test")))
    assert set(statuses.values()) <= {"success", "pass", "warn"}, dbt.messages
    return dbt


def picked(dbt: Dbt, mart: str, columns: str, where: str = "true") -> list[tuple[object, ...]]:
    """Some columns of some rows of a mart, in the order of the columns."""
    return dbt.query(f"select {columns} from {mart} where {where} order by all")
