"""A DuckDB file as the warehouse.

DuckDB lets one process write at a time. So everything that opens the file, including dbt, first takes the same
file lock. Of two runs at once, one waits instead of failing. (Within Dagster, the pool `duckdb` already delays the
start of a step. The lock also works between the command line and the UI.)
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import duckdb
import polars as pl
from filelock import FileLock, Timeout

from bandcamp_assets.contract.dialects import duckdb_columns
from bandcamp_assets.contract.sale import Sale
from bandcamp_assets.storage.objects import StoredObject
from bandcamp_assets.storage.warehouse import duckdb_marks
from bandcamp_assets.storage.warehouse.figures import DayFigures
from bandcamp_assets.storage.warehouse.marks import Marks
from bandcamp_assets.storage.warehouse.warehouse import SCHEMA, Replaced
from bandcamp_assets.system.disk import disk_errors
from bandcamp_assets.system.errors import PlatformError

LOCK_SECONDS = 3600.0
"""How long to wait for another run to release the file."""

VISITOR_SECONDS = 60.0
"""How long to wait for a program that does not use the lock, such as a DuckDB shell. As in dbt's profile."""

MEMORY_LIMIT = "1GB"
"""As in dbt's profile. With less, marts of 10,000,000 sales take a fifth longer. With more, they are no faster."""

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
        self._lock_seconds = lock_seconds
        self._visitor_seconds = visitor_seconds
        self._kept: duckdb.DuckDBPyConnection | None = None

    @property
    def place(self) -> str:
        """See `Warehouse.place`."""
        return f"{self.path}  (DuckDB, schema {SCHEMA})"

    def verify(self) -> str:
        """See `Warehouse.verify`. A missing file is right, as the first write creates it."""
        if not self.path.exists():
            return f"{self.path} does not exist yet"
        with self._connect():
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

    @contextmanager
    def access(self) -> Iterator[None]:
        """See `Warehouse.access`. Waits for the lock for up to `lock_seconds`. Creates a missing file."""
        lock = FileLock(self.path.with_suffix(".lock"), timeout=self._lock_seconds, is_singleton=True)
        try:
            with lock:
                self._make()
                yield
        except Timeout as error:
            raise PlatformError(
                f"Another run has held the warehouse for {self._lock_seconds:.0f} seconds",
                where=str(self.path),
                remedy="wait for that run to end, or stop it, and run again",
            ) from error

    def _make(self) -> None:
        """Create a missing file in one step. DuckDB would refuse a file that a kill left half-written."""
        if self.path.exists():
            return
        half_made = self.path.with_suffix(".new")
        with disk_errors(self.path):
            half_made.unlink(missing_ok=True)
            duckdb.connect(half_made).close()
            half_made.replace(self.path)

    @contextmanager
    def session(self) -> Iterator[None]:
        """See `Warehouse.session`. Each opening takes 20 ms. For one thread, and not while dbt has the file open.

        A missing file is not created. Reads then find empty tables.
        """
        if not self.path.exists():
            yield
            return
        with self._connect() as connection:
            before, self._kept = self._kept, connection
            try:
                yield
            finally:
                self._kept = before

    @contextmanager
    def _connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        if self._kept is not None:
            yield self._kept
            return
        with self.access():
            connection = self._open()
            try:
                with disk_errors(self.path):
                    connection.execute("set TimeZone = 'UTC'")
                    connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'")
                    yield connection
            except duckdb.Error as error:
                if not _is_damaged(error, self.path):
                    raise
                raise self._refused(error) from error
            finally:
                connection.close()

    def _open(self) -> duckdb.DuckDBPyConnection:
        """Open the file. If another program has it open, wait a while for that program."""
        give_up = time.monotonic() + self._visitor_seconds
        while True:
            try:
                with disk_errors(self.path):
                    return duckdb.connect(self.path)
            except duckdb.OutOfMemoryException:
                raise  # not an error of the file
            except duckdb.Error as error:
                if not is_held(error) or time.monotonic() > give_up:
                    raise self._refused(error) from error
            time.sleep(0.2)

    def _refused(self, error: duckdb.Error) -> PlatformError:
        if is_held(error):
            return PlatformError(
                "Another program has the warehouse open",
                where=f"{self.path} ({str(error).splitlines()[0]})",
                remedy="close that program (a DuckDB shell, a notebook), and run again",
            )
        return PlatformError(
            f"The warehouse cannot be read: {str(error).splitlines()[0]}",
            where=str(self.path),
            remedy="restore the file, or move it away and run again: it is rebuilt from the lake",
        )

    def replace_days(
        self, objects: Mapping[date, StoredObject | None], content: Mapping[date, str] = MappingProxyType({})
    ) -> Replaced:
        """See `Warehouse.replace_days`. Rows and marks of a day are replaced in the same transaction."""
        names = ", ".join(f'"{name}"' for name in Sale.column_names())
        with self._connect() as connection:
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
        with self._connect() as connection:
            duckdb_marks.make(connection)
            connection.begin()
            duckdb_marks.mark_days(connection, table, content)
            connection.commit()

    def mark_tables(self) -> None:
        """See `Warehouse.mark_tables`."""
        with self._connect() as connection:
            duckdb_marks.make(connection)
            duckdb_marks.mark_tables(connection)

    def marks(self, *, deep: bool = False) -> Marks | None:
        """See `Warehouse.marks`."""
        if not self.path.exists():
            return None
        with self._connect() as connection:
            return duckdb_marks.read(connection, deep=deep)

    def changed_days(self, objects: Mapping[date, StoredObject | None]) -> set[date]:
        """See `Warehouse.changed_days`."""
        if not objects or not self.path.exists():
            return set()
        paths = [_path(held) for held in objects.values() if held is not None]
        with self._connect() as connection:
            return duckdb_marks.differing_days(connection, sorted(objects), paths)

    def figures(self, table: str, days: Collection[date] | None = None) -> dict[date, DayFigures]:
        """See `Warehouse.figures`."""
        if not self.path.exists():
            return {}
        with self._connect() as connection:
            return _figures(connection, table, days)

    def has(self, table: str) -> bool:
        """See `Warehouse.has`."""
        if not self.path.exists():
            return False
        with self._connect() as connection:
            return _has(connection, table)

    def query(self, sql: str) -> pl.DataFrame:
        """See `Warehouse.query`."""
        with self._connect() as connection:
            rows: pl.DataFrame = connection.sql(sql).pl()
            return rows

    def head(self, table: str, rows: int) -> pl.DataFrame:
        """See `Warehouse.head`."""
        return self.query(f"select * from {self.relation(table)} limit {rows}")  # noqa: S608 - our names

    def read(self, table: str) -> pl.DataFrame:
        """See `Warehouse.read`."""
        return self.query(f"select * from {self.relation(table)}")  # noqa: S608 - our names


def _is_damaged(error: duckdb.Error, path: Path) -> bool:
    """Whether the file was cut or changed. DuckDB notices that when it reads, not when it opens the file."""
    said = str(error)
    return "Corrupt database file" in said or ("Could not read enough bytes" in said and str(path) in said)


def is_held(error: duckdb.Error) -> bool:
    """Whether another process has the file open. The text also holds the path, which may have any words in it."""
    return isinstance(error, duckdb.IOException) and "could not set lock" in str(error).lower()


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
    estimated = "amount_paid_usd_is_estimated" if table == "fct_sales" else "false"
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
