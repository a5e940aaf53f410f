"""Partition decorators: `table$YYYYMMDD` means one day of a table partitioned by day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from bqemulator.catalog.models import TableMeta


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
