"""The models by the SQL that dbt compiled, run one after the other, and the tables as Parquet."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb


def build_models(connection: duckdb.DuckDBPyConnection, compiled: Path) -> None:
    """Build all models in the schema `bandcamp` of the open file, which has the table `sales`.

    Args:
        connection: An open file. Each query names it `warehouse`; that name is replaced by its own.
        compiled: A folder of `whole.compiled_sql`. The seeds and dimensions come as they are from Parquet files.
    """
    database = connection.execute("select current_database()").fetchone()
    for table in sorted(compiled.glob("*.parquet")):
        connection.execute(f"create table bandcamp.{table.stem} as from read_parquet('{table}')")
    for name in json.loads((compiled / "order.json").read_text()):
        sql = next(compiled.rglob(f"{name}.sql")).read_text()
        kind = "view" if name == "stg_sales" else "table"
        own = sql.replace('"warehouse".', f'"{database[0]}".') if database else sql
        connection.execute(f"create {kind} bandcamp.{name} as {own}")


def share_tables(connection: duckdb.DuckDBPyConnection, compiled: Path, folder: Path) -> None:
    """Write every table of the data package as Parquet into a new folder, the fact by day.

    Args:
        connection: An open file in which all models are built.
        compiled: A folder of `whole.compiled_sql`.
        folder: Does not exist yet.
    """
    folder.mkdir()
    for name in json.loads((compiled / "shared.json").read_text()):
        by_day = ", partition_by (day)" if name == "fct_sales" else ""
        rows = f"select *, sale_date as day from bandcamp.{name}" if by_day else f"from bandcamp.{name}"
        suffix = "" if by_day else ".parquet"
        connection.execute(
            f"copy ({rows}) to '{folder / name}{suffix}' (format parquet, compression zstd{by_day})"
        )
