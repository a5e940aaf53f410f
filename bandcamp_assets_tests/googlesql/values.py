"""Rows as the engine takes and gives them: frames of Polars to and from its messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
from zetasql.wasi._pb2.zetasql.local_service.local_service_pb2 import TableContent
from zetasql.wasi._pb2.zetasql.public.type_pb2 import TypeKind
from zetasql.wasi._pb2.zetasql.public.value_pb2 import ValueProto

NUMERIC = pl.Decimal(38, 9)

DTYPES: dict[int, pl.DataType] = {
    TypeKind.TYPE_STRING: pl.String(),
    TypeKind.TYPE_INT64: pl.Int64(),
    TypeKind.TYPE_DOUBLE: pl.Float64(),
    TypeKind.TYPE_BOOL: pl.Boolean(),
    TypeKind.TYPE_DATE: pl.Date(),
    TypeKind.TYPE_TIMESTAMP: pl.Datetime("us", "UTC"),
    TypeKind.TYPE_NUMERIC: NUMERIC,
}
"""The engine's types, each with the Polars type that holds it without loss. Columns of other types fail."""

_KINDS = {dtype.base_type(): kind for kind, dtype in DTYPES.items()}
_EPOCH = date(1970, 1, 1)
_MOMENT_ZERO = datetime(1970, 1, 1, tzinfo=UTC)
_NUMERIC_UNITS = 10**9


def kind_of(dtype: pl.DataType) -> int:
    """The engine's type of a column."""
    return _KINDS[dtype.base_type()]


def content_of(frame: pl.DataFrame) -> TableContent:
    """All rows of a frame."""
    setters = [_SETTERS[kind_of(dtype)] for dtype in frame.dtypes]
    content = TableContent()
    content.table_data.SetInParent()  # so that no rows are rows, too
    for row in frame.iter_rows():
        cells = content.table_data.row.add().cell
        for value, setter in zip(row, setters, strict=True):
            cell = cells.add()
            if value is not None:
                setter(cell, value)
    return content


def frame_of(content: TableContent, columns: Sequence[tuple[str, int]]) -> pl.DataFrame:
    """The rows of an answer.

    Args:
        content: The answer's rows.
        columns: Names and types of its columns.
    """
    getters = [_GETTERS[kind] for _, kind in columns]
    schema = {name: DTYPES[kind] for name, kind in columns}
    rows = [list(_row(row.cell, getters)) for row in content.table_data.row]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _row(cells: Iterable[ValueProto], getters: Iterable[Callable[[ValueProto], Any]]) -> Iterable[object]:
    for cell, getter in zip(cells, getters, strict=True):
        yield getter(cell) if cell.WhichOneof("value") else None


def _set_numeric(cell: ValueProto, value: Decimal) -> None:
    units = int(value.scaleb(9))
    cell.numeric_value = units.to_bytes(units.bit_length() // 8 + 1, "little", signed=True)


def _get_numeric(cell: ValueProto) -> Decimal:
    return Decimal(int.from_bytes(cell.numeric_value, "little", signed=True)).scaleb(-9)


def _set_moment(cell: ValueProto, value: datetime) -> None:
    cell.timestamp_value.FromDatetime(value)


def _set(field: str) -> Callable[[ValueProto, Any], None]:
    return lambda cell, value: setattr(cell, field, value)


def _get(field: str) -> Callable[[ValueProto], Any]:
    return lambda cell: getattr(cell, field)


_SETTERS: dict[int, Callable[[ValueProto, Any], None]] = {
    TypeKind.TYPE_STRING: _set("string_value"),
    TypeKind.TYPE_INT64: _set("int64_value"),
    TypeKind.TYPE_DOUBLE: _set("double_value"),
    TypeKind.TYPE_BOOL: _set("bool_value"),
    TypeKind.TYPE_DATE: lambda cell, value: setattr(cell, "date_value", (value - _EPOCH).days),
    TypeKind.TYPE_TIMESTAMP: _set_moment,
    TypeKind.TYPE_NUMERIC: _set_numeric,
}
_GETTERS: dict[int, Callable[[ValueProto], Any]] = {
    TypeKind.TYPE_STRING: _get("string_value"),
    TypeKind.TYPE_INT64: _get("int64_value"),
    TypeKind.TYPE_DOUBLE: _get("double_value"),
    TypeKind.TYPE_BOOL: _get("bool_value"),
    TypeKind.TYPE_DATE: lambda cell: _EPOCH + timedelta(days=cell.date_value),
    TypeKind.TYPE_TIMESTAMP: lambda cell: cell.timestamp_value.ToDatetime(tzinfo=UTC),
    TypeKind.TYPE_NUMERIC: _get_numeric,
}
