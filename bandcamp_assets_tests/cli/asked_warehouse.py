"""A small warehouse, and how the tests of `bandcamp sql` query it."""

from __future__ import annotations

from pathlib import Path

import duckdb

from bandcamp_assets.cli.sql import print_sql


def make_warehouse(home: Path) -> Path:
    """Create a warehouse with three days in a home."""
    path = home / "warehouse.duckdb"
    path.parent.mkdir()
    with duckdb.connect(path) as connection:
        connection.execute("create schema bandcamp")
        connection.execute(
            "create table bandcamp.daily_sales as from (values"
            " (date '2020-09-09', 7, 9.50::decimal(18, 2)),"
            " (date '2020-09-10', 12345, -0.25), (date '2020-09-11', null, null)) days(day, sales, usd)"
        )
    return path


def ask(warehouse: Path, query: str, output_format: str = "table", limit: int = 100, seconds: float = 60) -> None:
    env = {"BANDCAMP_HOME": str(warehouse.parent)}
    print_sql(env, query, output_format=output_format, limit=limit, wait_seconds=seconds)


def files(home: Path) -> dict[str, bytes]:
    """The bytes of every file except the lock, which is empty."""
    return {path.name: path.read_bytes() for path in home.rglob("*") if path.is_file() and path.suffix != ".lock"}
