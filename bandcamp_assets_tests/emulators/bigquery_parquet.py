"""How BigQuery reads a Parquet file's schema, and what it refuses when that differs from the table's.

Pure functions over schemas; files are loaded in `bigquery_loads`. The rules are those of BigQuery's page on
loading Parquet data and of the messages its load jobs end with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

_SAME_TYPE = {"INT64": "INTEGER", "FLOAT64": "FLOAT", "BOOL": "BOOLEAN", "STRUCT": "RECORD", "DECIMAL": "NUMERIC"}


@dataclass(frozen=True)
class Column:
    """A column as BigQuery's REST interface writes it.

    Args:
        name: Its name.
        type: Its type under its REST name: `INTEGER`, not `INT64`.
        mode: `NULLABLE`, `REQUIRED` or `REPEATED`.
    """

    name: str
    type: str
    mode: str = "NULLABLE"

    @classmethod
    def from_rest(cls, field: dict[str, str]) -> Column:
        """A column from a field of a REST schema."""
        kind = field.get("type", "STRING").upper()
        return cls(field["name"], _SAME_TYPE.get(kind, kind), (field.get("mode") or "NULLABLE").upper())


def columns_of_file(schema: pa.Schema, decimal_target_types: Sequence[str] = ("NUMERIC",)) -> list[Column]:
    """The columns BigQuery finds in a Parquet file; each is `NULLABLE` unless the file declares it required."""
    return [
        Column(
            field.name,
            _column_type(field.type, decimal_target_types),
            "NULLABLE" if field.nullable else "REQUIRED",
        )
        for field in schema
    ]


def schema_mismatch(
    table: str, existing: Sequence[Column], loaded: Sequence[Column], options: Sequence[str]
) -> str | None:
    """Why a load of these columns into the table is refused, in BigQuery's words, or None.

    Args:
        table: The table as messages name it: `project:dataset.table`.
        existing: The table's columns.
        loaded: The columns of the load: of its schema if it gives one, else of the file.
        options: The load's `schemaUpdateOptions`.
    """
    by_name = {column.name.lower(): column for column in existing}
    given = {column.name.lower() for column in loaded}
    for column in loaded:
        problem = _column_mismatch(by_name.get(column.name.lower()), column, options)
        if problem:
            return f"Provided Schema does not match Table {table}. {problem}"
    for column in existing:
        if column.mode == "REQUIRED" and column.name.lower() not in given:
            return f"Provided Schema does not match Table {table}. Field {column.name} is missing in new schema"
    return None


def file_mismatch(in_file: Sequence[Column], schema: Sequence[Column], uri: str) -> str | None:
    """Why a file does not fit the schema that its load job gives, in BigQuery's words, or None."""
    declared = {column.name.lower(): column for column in schema}
    for column in in_file:
        wanted = declared.get(column.name.lower())
        if wanted is not None and wanted.type != column.type:
            return (
                f"Error while reading data, error message: Parquet column '{column.name}' has type {column.type} "
                f"which does not match the target type {wanted.type}. File: {uri}"
            )
    return None


def _column_mismatch(existing: Column | None, loaded: Column, options: Sequence[str]) -> str | None:
    if existing is None:
        return f"Cannot add fields (field: {loaded.name})"
    if existing.type != loaded.type:
        return f"Field {existing.name} has changed type from {existing.type} to {loaded.type}"
    relaxed = existing.mode == "REQUIRED" and loaded.mode == "NULLABLE"
    if relaxed and "ALLOW_FIELD_RELAXATION" not in options:
        return f"Field {existing.name} has changed mode from REQUIRED to NULLABLE"
    return None


def _column_type(dtype: pa.DataType, decimal_target_types: Sequence[str]) -> str:
    if pa.types.is_dictionary(dtype):
        return _column_type(dtype.value_type, decimal_target_types)
    if pa.types.is_decimal(dtype):
        return _decimal_type(dtype, decimal_target_types)
    if pa.types.is_timestamp(dtype) and dtype.unit != "ns":
        return "TIMESTAMP" if dtype.tz else "DATETIME"
    for matches, name in _SIMPLE_TYPES:
        if matches(dtype):
            return name
    return f"unsupported Parquet type {dtype}"


def _decimal_type(dtype: pa.DataType, targets: Sequence[str]) -> str:
    """The first of NUMERIC, BIGNUMERIC and STRING, among those allowed, that holds the precision and scale.

    None of them: the widest one allowed, and values that do not fit fail later.
    """
    holds = {
        "NUMERIC": dtype.scale <= 9 and dtype.precision - dtype.scale <= 29,
        "BIGNUMERIC": dtype.scale <= 38 and dtype.precision - dtype.scale <= 38,
        "STRING": True,
    }
    allowed = [name for name in holds if name in targets]
    return next((name for name in allowed if holds[name]), allowed[-1] if allowed else "NUMERIC")


_SIMPLE_TYPES = (
    (pa.types.is_integer, "INTEGER"),
    (pa.types.is_floating, "FLOAT"),
    (pa.types.is_boolean, "BOOLEAN"),
    (pa.types.is_date, "DATE"),
    (pa.types.is_time, "TIME"),
    (pa.types.is_string, "STRING"),
    (pa.types.is_large_string, "STRING"),
    (pa.types.is_string_view, "STRING"),
    (pa.types.is_binary, "BYTES"),
    (pa.types.is_large_binary, "BYTES"),
    (pa.types.is_fixed_size_binary, "BYTES"),
)
