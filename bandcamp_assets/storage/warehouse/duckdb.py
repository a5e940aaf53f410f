"""A DuckDB file as the warehouse: its tables, their days, and questions about them.

How the file is opened, and by how many, is the matter of `duckdb_file`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import duckdb
import polars as pl

from bandcamp_assets.contract.dialects import duckdb_columns
from bandcamp_assets.contract.sale import Sale
from bandcamp_assets.storage.objects import StoredObject
from bandcamp_assets.storage.warehouse import duckdb_marks
from bandcamp_assets.storage.warehouse.duckdb_file import LOCK_SECONDS, VISITOR_SECONDS, DuckDBFile
from bandcamp_assets.storage.warehouse.figures import DayFigures
from bandcamp_assets.storage.warehouse.marks import FACT, Marks
from bandcamp_assets.storage.warehouse.warehouse import SCHEMA, Replaced

BATCH_DAYS = 31
"""Days replaced in one transaction. With one day in each, a month took twice as long."""

TABLE = f"{SCHEMA}.sales"

# The bounds let DuckDB skip the row groups of other days, so that old days cost nothing.
_IN_DAYS = "sale_date between $first and $last and list_contains($days, sale_date)"


class DuckDBWarehouse:
    """The warehouse in the DuckDB file `path`. Implements `Warehouse`."""

    keeps_marks = True

    def __init__(
        self, path: Path, *, lock_seconds: float = LOCK_SECONDS, visitor_seconds: float = VISITOR_SECONDS
    ) -> None:
        self.path = path
        self._file = DuckDBFile(path, lock_seconds=lock_seconds, visitor_seconds=visitor_seconds)

    @property
    def place(self) -> str:
        """See `Warehouse.place`."""
        return f"{self.path}  (DuckDB, schema {SCHEMA})"

    def verify(self) -> str:
        """See `Warehouse.verify`. A missing file is right, as the first write creates it."""
        if not self.path.exists():
            return f"{self.path} does not exist yet"
        with self._file.connect():
            return f"{self.path} can be opened"

    def relation(self, table: str) -> str:
        """See `Warehouse.relation`."""
        return f"{SCHEMA}.{table}"

    def uri(self, table: str) -> str:
        """See `Warehouse.uri`: that of the file, which holds all tables."""
        return self.path.absolute().as_uri()

    def link(self, table: str) -> Mapping[str, Any]:
        """See `Warehouse.link`. A file has no page to look at."""
        return {}

    def access(self) -> AbstractContextManager[None]:
        """See `Warehouse.access` and `DuckDBFile.access`."""
        return self._file.access()

    def session(self) -> AbstractContextManager[None]:
        """See `Warehouse.session` and `DuckDBFile.session`. Without a file, reads find empty tables."""
        return self._file.session()

    def replace_days(
        self, objects: Mapping[date, StoredObject | None], content: Mapping[date, str] = MappingProxyType({})
    ) -> Replaced:
        """See `Warehouse.replace_days`. Rows and marks of a day are replaced in the same transaction."""
        names = ", ".join(f'"{name}"' for name in Sale.column_names())
        with self._file.connect() as connection:
            connection.execute(f"create schema if not exists {SCHEMA}")
            connection.execute(f"create table if not exists {TABLE} ({duckdb_columns()})")
            duckdb_marks.make(connection)
            # The order within a day has no meaning. Not keeping it halves the time of loading.
            connection.execute("set preserve_insertion_order = false")
            for batch in _batches(sorted(objects), BATCH_DAYS):
                connection.begin()
                connection.execute(f"delete from {TABLE} where {_IN_DAYS}", _days_parameters(batch))  # noqa: S608
                paths = [_path(held) for day in batch if (held := objects[day]) is not None]
                if paths:
                    # By default, DuckDB takes a folder named currency=EUR above a file for a column. Glob patterns
                    # cannot be switched off, so `home_path` keeps their characters out of the paths.
                    connection.execute(
                        f"insert into {TABLE} ({names}) "  # noqa: S608
                        f"select {names} from read_parquet(?, hive_partitioning = false)",
                        [paths],
                    )
                duckdb_marks.mark_days(connection, "sales", {day: content[day] for day in batch if day in content})
                connection.commit()
            return Replaced(_figures(connection, "sales", objects))

    def mark_days(self, table: str, content: Mapping[date, str]) -> None:
        """See `Warehouse.mark_days`."""
        with self._file.connect() as connection:
            duckdb_marks.make(connection)
            connection.begin()
            duckdb_marks.mark_days(connection, table, content)
            connection.commit()

    def mark_tables(self) -> None:
        """See `Warehouse.mark_tables`."""
        with self._file.connect() as connection:
            duckdb_marks.make(connection)
            duckdb_marks.mark_tables(connection)

    def marks(self, *, deep: bool = False) -> Marks | None:
        """See `Warehouse.marks`."""
        if not self.path.exists():
            return None
        with self._file.connect() as connection:
            return duckdb_marks.read(connection, deep=deep)

    def changed_days(self, objects: Mapping[date, StoredObject | None]) -> set[date]:
        """See `Warehouse.changed_days`."""
        if not objects or not self.path.exists():
            return set()
        paths = [_path(held) for held in objects.values() if held is not None]
        with self._file.connect() as connection:
            return duckdb_marks.differing_days(connection, sorted(objects), paths)

    def figures(self, table: str, days: Collection[date] | None = None) -> dict[date, DayFigures]:
        """See `Warehouse.figures`."""
        if not self.path.exists():
            return {}
        with self._file.connect() as connection:
            return _figures(connection, table, days)

    def version(self, table: str) -> str:
        """See `Warehouse.version`: that of the file, if nothing waits to be written into it."""
        return self._file.version()

    def has(self, table: str) -> bool:
        """See `Warehouse.has`."""
        if not self.path.exists():
            return False
        with self._file.connect() as connection:
            return _has(connection, table)

    def query(self, sql: str) -> pl.DataFrame:
        """See `Warehouse.query`."""
        with self._file.connect() as connection:
            rows: pl.DataFrame = connection.sql(sql).pl()
            return rows

    def head(self, table: str, rows: int) -> pl.DataFrame:
        """See `Warehouse.head`."""
        return self.query(f"select * from {self.relation(table)} limit {rows}")  # noqa: S608 - our names

    def read(self, table: str) -> pl.DataFrame:
        """See `Warehouse.read`."""
        return self.query(f"select * from {self.relation(table)}")  # noqa: S608 - our names


def _path(held: StoredObject) -> str:
    return url2pathname(urlsplit(held.uri).path)


def _batches(days: list[date], size: int) -> Iterator[list[date]]:
    for start in range(0, len(days), size):
        yield days[start : start + size]


def _days_parameters(days: Collection[date]) -> dict[str, object]:
    return {"first": min(days), "last": max(days), "days": sorted(days)}


def _has(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    known = connection.execute(
        "select count(*) from information_schema.tables where table_schema = ? and table_name = ?",
        [SCHEMA, table],
    ).fetchone()
    return bool(known and known[0])


def _figures(
    connection: duckdb.DuckDBPyConnection, table: str, days: Collection[date] | None
) -> dict[date, DayFigures]:
    if days is not None and not days:
        return {}
    if not _has(connection, table):
        return {}
    # Only the fact has estimated amounts. dbt makes them, and marks them.
    estimated = "amount_paid_usd_is_estimated" if table == FACT else "false"
    wanted = "true" if days is None else _IN_DAYS
    rows = connection.execute(
        f"""
        select
            sale_date,
            count(*),
            coalesce(sum(amount_paid_usd) filter (where not {estimated}), 0),
            count(*) filter (where {estimated}),
            coalesce(sum(amount_paid_usd) filter (where {estimated}), 0)
        from {SCHEMA}.{table}
        where {wanted}
        group by sale_date order by sale_date
        """,  # noqa: S608 - table names are ours
        {} if days is None else _days_parameters(days),
    ).fetchall()
    return {day: DayFigures(*figures) for day, *figures in rows}
