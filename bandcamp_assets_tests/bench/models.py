"""The models by the SQL that dbt compiled, run one after the other."""

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
