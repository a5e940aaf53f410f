"""Tables of two warehouses side by side: where they first differ."""

from __future__ import annotations

import polars as pl

KEYS = {
    "countries": ["alpha_2"],
    "country_texts": ["country_text"],
    "bandcamp_fridays": ["pacific_date"],
    "item_types": ["item_type", "slug_type"],
    "dim_country": ["country"],
    "dim_date": ["date_day"],
    "stg_sales": ["_id"],
    "usd_rates": ["sale_date", "currency"],
    "fct_sales": ["_id"],
    "daily_sales": ["sale_date"],
    "weekly_sales": ["week_start"],
    "country_sales": ["country"],
    "item_type_sales": ["item_type_label"],
    "artist_sales": ["artist_name"],
}
"""What dbt builds, each with the columns that tell its rows apart."""


def first_difference(name: str, ours: pl.DataFrame, theirs: pl.DataFrame) -> str | None:
    """Where two tables first differ by their key: model, key, column and both values."""
    if ours.columns != theirs.columns:
        return f"{name}: columns {ours.columns} in DuckDB, {theirs.columns} in BigQuery"
    in_duckdb, in_bigquery = _by_key(name, ours), _by_key(name, theirs)
    for key in sorted(in_duckdb.keys() | in_bigquery.keys(), key=repr):
        one, other = in_duckdb.get(key), in_bigquery.get(key)
        if one is None or other is None:
            return f"{name}: {key} is only in {'DuckDB' if other is None else 'BigQuery'}"
        for column, mine, yours in zip(ours.columns, one, other, strict=True):
            if mine != yours:
                return f"{name}: {key}, column {column}: {mine!r} in DuckDB, {yours!r} in BigQuery"
    return None


def _by_key(name: str, table: pl.DataFrame) -> dict[tuple[object, ...], tuple[object, ...]]:
    columns = [table.columns.index(column) for column in KEYS[name]]
    by_key = {tuple(row[column] for column in columns): row for row in table.iter_rows()}
    assert len(by_key) == table.height, f"{name} holds a key twice"
    return by_key
