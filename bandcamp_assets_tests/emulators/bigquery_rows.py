"""Rows of Parquet files into a table, or one partition of it, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
from bqemulator.api.dependencies import AppContext
from bqemulator.api.routes import tables
from bqemulator.catalog.models import TableMeta
from bqemulator.storage.sql_identifiers import quoted_table_ref
from bqemulator.storage.type_map import bq_schema_to_duckdb_columns

from bandcamp_assets_tests.emulators.bigquery_partitions import Partition
from bandcamp_assets_tests.emulators.bigquery_sources import LoadFailed, Source


def load_rows(
    ctx: AppContext, table: TableMeta, partition: Partition | None, sources: Sequence[Source], disposition: str
) -> int:
    """Loads files: who reads meanwhile sees the old rows or the new ones, never none.

    Args:
        ctx: The emulator's, for its database.
        table: The table.
        partition: The one partition that is loaded; the whole table if not given.
        sources: The files, whose columns were checked.
        disposition: The job's `writeDisposition`.

    Returns:
        How many rows were loaded.

    Raises:
        LoadFailed: A row does not fit; nothing has changed.
    """
    # A connection of its own, so that nothing else takes part in the transaction.
    connection = ctx.engine.connection.cursor()
    try:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("BEGIN")
        _make_room(connection, table, partition, disposition)
        rows = sum(_insert(connection, table, partition, source) for source in sources)
        connection.execute("COMMIT")
    except duckdb.Error as error:
        raise LoadFailed("invalid", f"Error while reading data, error message: {error}", sources[0].uri) from error
    finally:
        # What was not committed is rolled back.
        connection.close()
    return rows


def _make_room(
    connection: duckdb.DuckDBPyConnection, table: TableMeta, partition: Partition | None, disposition: str
) -> None:
    inside = partition.condition if partition else "true"
    if disposition == "WRITE_TRUNCATE":
        connection.execute(f"DELETE FROM {_quoted(table)} WHERE {inside}")
    elif disposition == "WRITE_EMPTY":
        (rows,) = _row(connection, f"SELECT count(*) FROM {_quoted(table)} WHERE {inside}")
        if rows:
            named = f"{table.project_id}:{table.dataset_id}.{table.table_id}"
            raise LoadFailed("duplicate", f"Already Exists: Table {named}")


def _insert(
    connection: duckdb.DuckDBPyConnection, table: TableMeta, partition: Partition | None, source: Source
) -> int:
    columns = bq_schema_to_duckdb_columns([tables._field_to_rest(field) for field in table.schema_.fields])
    rows = _rows_of_file(source, columns)
    _check_rows(connection, rows, table, partition, source)
    names = ", ".join(f'"{name}"' for name, _ in columns)
    (loaded,) = _row(connection, f"INSERT INTO {_quoted(table)} ({names}) SELECT * FROM {rows}", source)
    return loaded


def _rows_of_file(source: Source, columns: Sequence[tuple[str, str]]) -> str:
    """A query for a file's rows with the table's columns, found by name.

    A folder called `sale_date=…` must not give the column: BigQuery takes columns from the file alone.
    """
    in_file = {name.lower(): name for name in source.schema.names}
    values = ", ".join(
        f'CAST("{in_file[name.lower()]}" AS {dtype}) AS "{name}"'
        if name.lower() in in_file
        else f'NULL AS "{name}"'
        for name, dtype in columns
    )
    return f"(SELECT {values} FROM read_parquet(?, hive_partitioning = false))"


def _check_rows(
    connection: duckdb.DuckDBPyConnection,
    rows: str,
    table: TableMeta,
    partition: Partition | None,
    source: Source,
) -> None:
    required = [field.name for field in table.schema_.fields if field.mode == "REQUIRED"]
    counts = [
        "count(*) FILTER (WHERE NOT coalesce(" + (partition.condition if partition else "true") + ", false))"
    ]
    counts += [f'count(*) FILTER (WHERE "{name}" IS NULL)' for name in required]
    outside, *nulls = _row(connection, f"SELECT {', '.join(counts)} FROM {rows}", source)
    if partition and outside:
        raise LoadFailed(
            "invalid", f"Some rows belong to different partitions rather than destination partition {partition.id}"
        )
    problems = [
        f"Required column '{name}' has null values. File: {source.uri}"
        for name, null in zip(required, nulls, strict=True)
        if null
    ]
    if problems:
        raise LoadFailed(
            "invalid", f"Error while reading data, error message: {problems[0]}", source.uri, problems
        )


def _row(connection: duckdb.DuckDBPyConnection, sql: str, source: Source | None = None) -> tuple[int, ...]:
    return connection.execute(sql, [source.path] if source else []).fetchone() or ()


def _quoted(table: TableMeta) -> str:
    return quoted_table_ref(table.project_id, table.dataset_id, table.table_id)
