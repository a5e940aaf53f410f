"""The catalog's records of what files and tables held when they were last counted.

A count holds for one version of a file or table. Whoever counts knows the versions (`state.ledger.counting`). All
functions run within a transaction.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bandcamp_assets.storage.warehouse.figures import DayFigures

TABLES = """
create table if not exists counts (counted text primary key, version text not null, figures text not null);
"""


@dataclass(frozen=True)
class Count:
    """What a file or table held.

    Attributes:
        counted: The file's path below the home, or the table and its warehouse.
        version: Its version when it was counted.
        figures: Its rows and US dollars by day.
    """

    counted: str
    version: str
    figures: Mapping[date, DayFigures]


def record(connection: sqlite3.Connection, counts: Iterable[Count], gone: Iterable[str]) -> None:
    """Record counts, and forget those of files that are gone."""
    connection.executemany(
        "insert or replace into counts values (?, ?, ?)",
        [(count.counted, count.version, _as_text(count.figures)) for count in counts],
    )
    connection.executemany("delete from counts where counted = ?", [(name,) for name in gone])


def all_of(connection: sqlite3.Connection) -> dict[str, Count]:
    """All counts, by what was counted."""
    rows = connection.execute("select counted, version, figures from counts").fetchall()
    return {counted: Count(counted, version, _of_text(figures)) for counted, version, figures in rows}


def _as_text(figures: Mapping[date, DayFigures]) -> str:
    return json.dumps(
        {
            day.isoformat(): [held.rows, str(held.amount_paid_usd), held.estimated_rows, str(held.estimated_usd)]
            for day, held in figures.items()
        }
    )


def _of_text(text: str) -> dict[date, DayFigures]:
    return {
        date.fromisoformat(day): DayFigures(rows, Decimal(usd), estimated, Decimal(estimated_usd))
        for day, (rows, usd, estimated, estimated_usd) in json.loads(text).items()
    }
