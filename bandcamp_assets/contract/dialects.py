"""The contract in the types of DuckDB, BigQuery and Parquet. All are derived from `Sale`."""

from __future__ import annotations

from functools import cache
from typing import Any

import polars as pl
import pyarrow as pa

from bandcamp_assets.contract.sale import Sale

_DUCKDB_TYPES: dict[type[pl.DataType], str] = {
    pl.String: "varchar",
    pl.Float64: "double",
    pl.Int64: "bigint",
    pl.Date: "date",
    pl.Datetime: "timestamp with time zone",
}


def duckdb_type(dtype: pl.DataType) -> str:
    """The DuckDB type that holds a Polars type without loss."""
    if isinstance(dtype, pl.Decimal):
        return f"decimal({dtype.precision}, {dtype.scale})"
    return _DUCKDB_TYPES[dtype.base_type()]


def duckdb_columns() -> str:
    """The column list of `bandcamp.sales` for `create table` in DuckDB."""
    return ",\n".join(
        f'"{name}" {duckdb_type(column.dtype)}{"" if column.nullable else " not null"}'
        for name, column in Sale.columns().items()
    )


_BIGQUERY_TYPES: dict[type[pl.DataType], str] = {
    pl.String: "STRING",
    pl.Float64: "FLOAT",
    pl.Int64: "INTEGER",
    pl.Date: "DATE",
    pl.Datetime: "TIMESTAMP",
}


def bigquery_fields() -> list[dict[str, Any]]:
    """The columns of `sales` as fields of BigQuery's REST API: name, type, mode, description."""
    return [
        {
            "name": name,
            **_bigquery_type(column.dtype),
            "mode": "NULLABLE" if column.nullable else "REQUIRED",
            "description": column.description or "",
        }
        for name, column in Sale.columns().items()
    ]


def _bigquery_type(dtype: pl.DataType) -> dict[str, Any]:
    if isinstance(dtype, pl.Decimal):
        return {"type": "NUMERIC", "precision": str(dtype.precision), "scale": str(dtype.scale)}
    return {"type": _BIGQUERY_TYPES[dtype.base_type()]}


@cache
def parquet_schema() -> pa.Schema:
    """The contract as the schema of a Parquet file, with the nullability of each column.

    BigQuery compares it with the table's modes, and refuses a file that is less strict.
    """
    schema = Sale.create_empty().to_arrow().schema
    return pa.schema([field.with_nullable(Sale.columns()[field.name].nullable) for field in schema])
