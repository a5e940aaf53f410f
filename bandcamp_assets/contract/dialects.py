"""The contract in other systems' types. Each derives from `Sale`; nothing is said twice."""

from __future__ import annotations

import polars as pl

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
