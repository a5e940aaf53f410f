"""Frames, figures and schemas as Dagster metadata.

Texts from outside are shown as table cells or plain text, never as Markdown or HTML, as an artist's name may hold
anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import dagster as dg
import dataframely as dy
import polars as pl

from bandcamp_assets.storage.warehouse.figures import DayFigures

PREVIEW_ROWS = 5

MAX_CELL_CHARACTERS = 200


def column_schema(schema: type[dy.Schema]) -> dg.TableSchema:
    """A contract as Dagster's list of columns."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name,
                type=_type_name(column.dtype),
                description=column.description,
                constraints=dg.TableColumnConstraints(nullable=column.nullable, unique=column.primary_key),
            )
            for name, column in schema.columns().items()
        ]
    )


def table(frame: pl.DataFrame) -> dg.TableMetadataValue:
    """A small frame as a table. Every cell is text, cut to 200 characters."""
    records = [dg.TableRecord({name: _cell(value) for name, value in row.items()}) for row in frame.to_dicts()]
    columns = [dg.TableColumn(name, type=str(dtype).lower()) for name, dtype in frame.schema.items()]
    return dg.MetadataValue.table(records, dg.TableSchema(columns=columns))


def preview(frame: pl.DataFrame) -> dg.TableMetadataValue:
    """The first rows of a frame."""
    return table(frame.head(PREVIEW_ROWS))


def work(rows: int, seconds: float, *, size: int | None = None) -> dict[str, Any]:
    """The work of a step: rows, seconds, rows a second, and bytes if given."""
    done: dict[str, Any] = {
        "rows": rows,
        "seconds": round(seconds, 3),
        "rows_per_second": round(rows / seconds) if seconds else rows,
    }
    return done if size is None else {**done, "bytes": size}


def work_of_run(rows: int, seconds: float, days: int, *, size: int | None = None) -> dict[str, Any]:
    """The work over all days of a run, under names that cannot be confused with those of one day."""
    return {f"run_{name}": value for name, value in {**work(rows, seconds, size=size), "days": days}.items()}


def add_day_figures(
    context: dg.AssetExecutionContext, asset_key: dg.AssetKey, figures: Mapping[date, DayFigures]
) -> None:
    """Add each day's rows and US dollars to the event of its partition."""
    for day, held in figures.items():
        context.add_asset_metadata(
            {
                "dagster/partition_row_count": held.rows,
                "amount_paid_usd": float(held.amount_paid_usd),
            },
            asset_key=asset_key,
            partition_key=day.isoformat(),
        )


def shown(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as metadata: paths and addresses as links, anything else unchanged."""
    return {name: _shown(value) for name, value in values.items()}


def _shown(value: object) -> object:
    if isinstance(value, Path):
        return dg.MetadataValue.path(value)
    if isinstance(value, str) and value.startswith("https://"):
        return dg.MetadataValue.url(value)
    return value


def usd(amount: Decimal) -> str:
    """US dollars as text with all cents."""
    return f"{amount:,.2f} USD"


def _type_name(dtype: pl.DataType) -> str:
    return "string" if isinstance(dtype, pl.Enum) else str(dtype).lower()


def _cell(value: object) -> str | int | float | bool | None:
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)[:MAX_CELL_CHARACTERS]
