"""The marks of the DuckDB warehouse, in their own schema. All functions use an open connection of `duckdb`.

DuckDB computes the checksums of rows, and they may differ between its versions. So marks of another version are
compared only by content and number of rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import duckdb

from bandcamp_assets.contract.sale import Sale
from bandcamp_assets.storage.warehouse.marks import BESIDE_THE_FACT, DAILY_TABLES, FACT, Marks
from bandcamp_assets.storage.warehouse.warehouse import SCHEMA

STATE = "bandcamp_state"
"""The schema of the marks, apart from the tables that people query."""

BUILT_BY_DAY = (FACT, *BESIDE_THE_FACT)
"""Rows of these tables have a checksum by day. Rows of `sales` need none, as the objects hold the same rows."""


def make(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the tables of the marks if they are missing."""
    connection.execute(f"create schema if not exists {STATE}")
    connection.execute(
        f"create table if not exists {STATE}.days"
        " (relation text, sale_date date, content text, checksum text, duckdb text)"
    )
    connection.execute(
        f"create table if not exists {STATE}.tables (relation text, row_count bigint, checksum text, duckdb text)"
    )


def mark_days(connection: duckdb.DuckDBPyConnection, table: str, content: Mapping[date, str]) -> None:
    """Record what days of a table were made from. In the caller's transaction, if there is one.

    With days of the fact, those of the tables that are built beside it are recorded.
    """
    if not content:
        return
    days = sorted(content)
    beside = [name for name in BESIDE_THE_FACT if table == FACT and _exists(connection, name)]
    for name in (table, *beside):
        known = _checksums(connection, name, days) if name in BUILT_BY_DAY and _exists(connection, name) else {}
        connection.execute(
            f"delete from {STATE}.days where relation = ? and list_contains(?, sale_date)",  # noqa: S608
            [name, days],
        )
        connection.execute(
            f"insert into {STATE}.days select ?, unnest(?), unnest(?), unnest(?), version()",
            [name, days, [content[day] for day in days], [known.get(day, "") for day in days]],
        )


def mark_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Record what all tables without days hold now."""
    names = _tables_without_days(connection)
    connection.begin()
    connection.execute(f"delete from {STATE}.tables")  # noqa: S608
    for name in names:
        connection.execute(
            f"insert into {STATE}.tables select ?, count(*), {_ROWS}, version() from {SCHEMA}.{name} t",  # noqa: S608
            [name],
        )
    connection.commit()


def read(connection: duckdb.DuckDBPyConnection, *, deep: bool) -> Marks | None:
    """Read the marks and compare them with the tables; None if there are no marks.

    Args:
        connection: The open warehouse.
        deep: Read all rows, not only their number.
    """
    found = connection.execute("select count(*) from duckdb_tables() where schema_name = ?", [STATE]).fetchone()
    if not found or not found[0]:
        return None
    rows = connection.execute(f"select relation, sale_date, content from {STATE}.days").fetchall()  # noqa: S608
    content: dict[str, dict[date, str]] = {"sales": {}, FACT: {}}
    for table, day, made_from in rows:
        if table in content:
            content[table][day] = made_from
    changed = {
        name: _changed_days(connection, name) for name in BUILT_BY_DAY if deep and _exists(connection, name)
    }
    gone = [(name, day) for name, day, _ in rows if name in BESIDE_THE_FACT and not _exists(connection, name)]
    for name, day in gone:
        changed.setdefault(name, set()).add(day)
    return Marks(content, changed, _changed_tables(connection, deep=deep))


def differing_days(connection: duckdb.DuckDBPyConnection, days: list[date], files: list[str]) -> set[date]:
    """The days on which the rows of `sales` differ from Parquet files. Reads all of both."""
    names = ", ".join(f'"{name}"' for name in Sale.column_names())
    # Through the table's columns, so that both have the same types.
    rows_of_files = f"select {names} from {SCHEMA}.sales where false"  # noqa: S608 - our names
    if files:
        rows_of_files += f" union all select {names} from read_parquet($files, hive_partitioning = false)"  # noqa: S608
    sums = f"select sale_date, sum(hash({names})::hugeint)::text as checksum"
    rows = connection.execute(
        f"with held as ({sums} from {SCHEMA}.sales"  # noqa: S608
        "  where sale_date between $first and $last and list_contains($days, sale_date) group by sale_date),"
        f" wanted as ({sums} from ({rows_of_files}) group by sale_date)"
        " select coalesce(held.sale_date, wanted.sale_date) from held full join wanted using (sale_date)"
        " where held.checksum is distinct from wanted.checksum",
        {"first": days[0], "last": days[-1], "days": days} | ({"files": files} if files else {}),
    ).fetchall()
    return {day for (day,) in rows}


_ROWS = "coalesce(sum(hash(t)::hugeint), 0)::text"
"""A checksum of rows that does not depend on their order."""


def _checksums(connection: duckdb.DuckDBPyConnection, table: str, days: list[date]) -> dict[date, str]:
    rows = connection.execute(
        f"select sale_date, {_ROWS} from {SCHEMA}.{table} t"  # noqa: S608
        " where sale_date between ? and ? and list_contains(?, sale_date) group by sale_date",
        [days[0], days[-1], days],
    ).fetchall()
    return dict(rows)


def _changed_days(connection: duckdb.DuckDBPyConnection, table: str) -> set[date]:
    rows = connection.execute(
        f"select sale_date, checksum from {STATE}.days where relation = ? and duckdb = version()",  # noqa: S608
        [table],
    ).fetchall()
    now = _checksums(connection, table, sorted(day for day, _checksum in rows)) if rows else {}
    return {day for day, checksum in rows if now.get(day, "") != checksum}


def _changed_tables(connection: duckdb.DuckDBPyConnection, *, deep: bool) -> list[str]:
    there = set(_tables_without_days(connection))
    marked = connection.execute(
        f"select relation, row_count, checksum, duckdb = version() from {STATE}.tables order by relation"  # noqa: S608
    ).fetchall()
    changed = []
    for name, row_count, checksum, is_comparable in marked:
        if name not in there:
            changed.append(name)
            continue
        asked = f"count(*), {_ROWS}" if deep and is_comparable else "count(*), null"
        now = connection.execute(f"select {asked} from {SCHEMA}.{name} t").fetchone()  # noqa: S608
        if not now or now[0] != row_count or (now[1] is not None and now[1] != checksum):
            changed.append(name)
    return changed


def _tables_without_days(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute(
        "select table_name from duckdb_tables() where schema_name = ? order by table_name", [SCHEMA]
    ).fetchall()
    return [name for (name,) in rows if name not in DAILY_TABLES and name.isidentifier()]


def _exists(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    found = connection.execute(
        "select count(*) from duckdb_tables() where schema_name = ? and table_name = ?", [SCHEMA, table]
    ).fetchone()
    return bool(found and found[0])
