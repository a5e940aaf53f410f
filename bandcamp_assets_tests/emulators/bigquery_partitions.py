"""Partitions: `table$YYYYMMDD` means one day of a table by day; some tables are read with a filter only."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlglot
from bqemulator.catalog.models import TableMeta
from sqlglot import exp


@dataclass(frozen=True)
class Partition:
    """One day of a table.

    Args:
        id: As after the `$`: `20200909`.
        condition: DuckDB's condition that a row lies in it.
    """

    id: str
    condition: str


def partition_of(table: TableMeta, decorator: str) -> Partition:
    """The partition that a decorator names.

    Raises:
        ValueError: The table is not partitioned by a column and day, or the decorator is no day.
    """
    partitioning = table.time_partitioning
    if partitioning is None or partitioning.field is None or partitioning.type != "DAY":
        raise ValueError(
            f"Partition decorator ${decorator}: table {table.project_id}:{table.dataset_id}.{table.table_id} "
            "is not partitioned by a column and day"
        )
    try:
        day = dt.datetime.strptime(decorator, "%Y%m%d").date()  # noqa: DTZ007 - a day has no time zone
    except ValueError as error:
        raise ValueError(f"Invalid time partition name: ${decorator}, expected $YYYYMMDD") from error
    return Partition(decorator, f"CAST(\"{partitioning.field}\" AS DATE) = DATE '{day}'")


def reads_without_filter(sql: str, table: TableMeta) -> bool:
    """Whether SQL reads or changes a table without a condition on the column of its partitions.

    Rows that are only added need none. The condition must stand where the table is named, or in the `on` or `when`
    of a `MERGE`; one outside of a subquery or a view is not found, which BigQuery would find.
    """
    column = table.time_partitioning.field if table.time_partitioning else None
    try:
        statements = [statement for statement in sqlglot.parse(sql, read="bigquery") if statement]
    except sqlglot.errors.SqlglotError:
        return False
    named = [
        reference
        for statement in statements
        for reference in statement.find_all(exp.Table)
        if reference.name == table.table_id and reference.db in {table.dataset_id, ""}
    ]
    return any(not _is_filtered(reference, column) for reference in named)


def _is_filtered(reference: exp.Table, column: str | None) -> bool:
    inside = reference.find_ancestor(exp.Select, exp.Update, exp.Delete, exp.Merge, exp.Insert, exp.Create)
    if inside is None or isinstance(inside, exp.Insert | exp.Create):
        return True
    conditions = [inside.args.get(name) for name in ("where", "on", "whens")]
    return any(one.name == column for part in conditions if part for one in part.find_all(exp.Column))
