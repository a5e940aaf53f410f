"""The catalog's records of the layers behind the lake: which cleaned file each of their days was made from.

`catalog` opens the transactions, and gives each layer a name of its own for each place.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import date

TABLES = """
create table if not exists layer_days (
    layer text not null, sale_date text not null, content text not null, primary key (layer, sale_date)
);
"""


def record(connection: sqlite3.Connection, layer: str, content: Mapping[date, str]) -> None:
    """Record the SHA-256 of the cleaned file that a layer now holds, by day; empty for a day without sales."""
    connection.executemany(
        "insert or replace into layer_days values (?, ?, ?)",
        [(layer, day.isoformat(), sha256) for day, sha256 in content.items()],
    )


def forget(connection: sqlite3.Connection, layer: str, days: Iterable[date]) -> None:
    """Forget what a layer holds for these days."""
    connection.executemany(
        "delete from layer_days where layer = ? and sale_date = ?", [(layer, day.isoformat()) for day in days]
    )


def content(connection: sqlite3.Connection, layer: str) -> dict[date, str]:
    """The SHA-256 of the cleaned file that a layer holds, by day."""
    rows: Iterable[tuple[str, str]] = connection.execute(
        "select sale_date, content from layer_days where layer = ?", (layer,)
    ).fetchall()
    return {date.fromisoformat(day): sha256 for day, sha256 in rows}


def days(connection: sqlite3.Connection) -> set[date]:
    """The days that any layer of any place is known to hold."""
    return {
        date.fromisoformat(row[0]) for row in connection.execute("select sale_date from layer_days").fetchall()
    }
