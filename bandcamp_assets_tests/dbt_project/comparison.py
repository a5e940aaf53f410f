"""Tables of two warehouses side by side: where they first differ."""

from __future__ import annotations

import polars as pl

KEYS = {
    "countries": ["alpha_2"],
    "country_texts": ["country_text"],
    "bandcamp_fridays": ["pacific_date"],
    "item_types": ["item_type", "slug_type"],
    "published_figures": ["figure"],
    "dim_country": ["country"],
    "dim_date": ["date_day"],
    "stg_sales": ["_id"],
    "usd_rates": ["sale_date", "currency"],
    "fct_sales": ["_id"],
    "sales_by_hour": ["sale_date", "hour_of_day"],
    "sales_by_segment": [
        *("sale_date", "country", "item_type_label", "item_type", "is_physical"),
        *("item_format", "currency", "price_band", "is_bandcamp_friday"),
    ],
    "sales_by_price": [
        *("sale_date", "currency", "item_type_label", "is_physical"),
        *("item_price", "quantity", "amount_paid_usd", "is_overpaid"),
    ],
    "daily_sales": ["sale_date"],
    "weekly_sales": ["week_start"],
    "country_sales": ["country"],
    "item_type_sales": ["item_type_label"],
    "hour_of_week_sales": ["iso_weekday", "hour_of_day"],
    "pacific_hour_sales": ["pacific_date", "pacific_hour"],
    "bandcamp_friday_effect": ["pacific_date", "baseline"],
    "currency_sales": ["currency"],
    "format_sales": ["item_format"],
    "price_points": ["currency", "item_price"],
    "name_your_price_sales": ["item_type_label"],
    "overpayment": ["breakdown", "segment"],
    "order_sizes": ["amount_band"],
    "quantity_sales": ["quantity"],
    "artist_sales": ["artist_name"],
    "seller_sales": ["seller_host"],
    "seller_kind_sales": ["seller_kind", "has_own_domain"],
    "income_shares": ["population", "top_percent"],
    "income_concentration": ["population"],
    "income_lorenz": ["population", "poorest_percent"],
    "item_tail": ["sales_band"],
    "business_model": ["item_type_label", "is_bandcamp_friday"],
    "business_model_sensitivity": ["digital_terms", "waived_days", "has_share_limit", "payment_fee_rate"],
    "streaming_comparison": ["item_type_label", "payout_usd_per_1000_streams"],
    "published_comparison": ["figure"],
    "dashboard_sales": ["period_start", "country", "item_type_label", "item_format", "currency", "price_band"],
    "dashboard_artists": ["artist_name", "country", "item_type_label", "currency"],
    "dashboard_names": ["seller_role", "seller_name"],
}
"""What dbt builds, each with the columns that tell its rows apart."""


def first_difference(
    name: str, ours: pl.DataFrame, theirs: pl.DataFrame, *, other: str = "BigQuery"
) -> str | None:
    """Where two tables first differ by their key: model, key, column and both values.

    Args:
        name: The model.
        ours: Its rows in DuckDB.
        theirs: Its rows elsewhere.
        other: What that is called.
    """
    if ours.columns != theirs.columns:
        return f"{name}: columns {ours.columns} in DuckDB, {theirs.columns} in {other}"
    in_duckdb, elsewhere = _by_key(name, ours), _by_key(name, theirs)
    for key in sorted(in_duckdb.keys() | elsewhere.keys(), key=repr):
        one, another = in_duckdb.get(key), elsewhere.get(key)
        if one is None or another is None:
            return f"{name}: {key} is only in {'DuckDB' if another is None else other}"
        for column, mine, yours in zip(ours.columns, one, another, strict=True):
            if mine != yours:
                return f"{name}: {key}, column {column}: {mine!r} in DuckDB, {yours!r} in {other}"
    return None


def _by_key(name: str, table: pl.DataFrame) -> dict[tuple[object, ...], tuple[object, ...]]:
    columns = [table.columns.index(column) for column in KEYS[name]]
    by_key = {tuple(row[column] for column in columns): row for row in table.iter_rows()}
    assert len(by_key) == table.height, f"{name} holds a key twice"
    return by_key
