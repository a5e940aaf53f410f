"""Sales for the dbt tests: small rows written by hand, real ones, and the table that dbt reads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from bandcamp_assets.contract.dialects import duckdb_columns
from bandcamp_assets.contract.sale import SOURCE_COLUMNS, Sale
from bandcamp_assets_tests.real_data import SALES, real_data

NAME = "split_part(_id, '&', 2)"
"""The name of a sale that `sale` made, in SQL."""


def sale(name: str, sold_at: str, **values: object) -> dict[str, object]:
    """One valid sale at `sold_at` (ISO, UTC): a digital album for 10 USD unless `values` say otherwise.

    Its `_id` has the name where those of real sales have the URL.
    """
    moment = datetime.fromisoformat(sold_at).replace(tzinfo=UTC)
    row: dict[str, object] = dict.fromkeys(Sale.column_names())
    row |= {
        "_id": key(moment, name),
        "item_type": "a",
        "slug_type": "a",
        "utc_date": moment.timestamp(),
        "country_code": "us",
        "country": "United States",
        "item_price": "10.00",
        "amount_paid": "10.00",
        "amount_paid_usd": "10.00",
        "currency": "USD",
        "url": f"//artist.bandcamp.com/album/{name}",
        "artist_name": "Artist",
        "sale_date": moment.date(),
        "sold_at": moment,
        "source_file": "file-1",
        "quantity": 1,
    }
    return row | values


def key(moment: datetime, name: str) -> str:
    """The `_id` of a sale at that time."""
    return f"{moment.timestamp():.5f}".rstrip("0").rstrip(".") + f"&{name}"


def frame(rows: Sequence[dict[str, object]]) -> pl.DataFrame:
    """Rows as a frame that keeps to the contract; amounts may be text."""
    as_text = ("item_price", "amount_paid", "amount_paid_usd")
    schema = {name: pl.String() if name in as_text else column.dtype for name, column in Sale.columns().items()}
    return Sale.validate(pl.DataFrame(rows, schema=schema, orient="row"), cast=True)


def real_sales() -> pl.DataFrame:
    """The first 600 published sales, typed. Skips the test where they are not at hand."""
    text = pl.read_csv(real_data(SALES), infer_schema=False).select(SOURCE_COLUMNS)
    in_id = pl.col("_id").str.split("&").list.first().cast(pl.Decimal(20, 6))
    sold_at = (in_id * 1_000_000).cast(pl.Int64)
    return Sale.validate(
        text.with_columns(
            pl.from_epoch(sold_at, time_unit="us").dt.replace_time_zone("UTC").alias("sold_at"),
            pl.lit("file-1").alias("source_file"),
            (1 + pl.col("addl_count").cast(pl.Float64).cast(pl.Int64).fill_null(0)).alias("quantity"),
            pl.col("art_id", "releases", "package_image_id", "addl_count").cast(pl.Float64).cast(pl.Int64),
            pl.col("item_price", "amount_paid", "amount_paid_usd").cast(pl.Float64).round(2),
        ).with_columns(pl.col("sold_at").dt.date().alias("sale_date")),
        cast=True,
    )


def load(warehouse: Path, sales: pl.DataFrame) -> None:
    """Make `sales` all that the table `bandcamp.sales` holds."""
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create schema if not exists bandcamp")
        connection.execute(f"create or replace table bandcamp.sales ({duckdb_columns()})")
        connection.register("new_sales", sales.to_arrow())
        connection.execute("insert into bandcamp.sales by name select * from new_sales")


def query(warehouse: Path, sql: str) -> list[tuple[Any, ...]]:
    """All rows that `sql` gives, in UTC, with `bandcamp` as the schema."""
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set schema = 'bandcamp'")
        return connection.execute(sql).fetchall()


def table(warehouse: Path, name: str) -> pl.DataFrame:
    """All rows of a table or view of `bandcamp`, in UTC."""
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        rows: pl.DataFrame = connection.sql(f"select * from bandcamp.{name}").pl()
        return rows
