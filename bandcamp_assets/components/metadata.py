"""Frames, figures and schemas as Dagster metadata.

Texts from outside are shown as table cells or plain text, never as Markdown or HTML, as an artist's name may hold
anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import dagster as dg
import dataframely as dy
import polars as pl

from bandcamp_assets.contract.sale import DERIVED_FROM, Sale
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


def frame_schema(schema: Mapping[str, pl.DataType]) -> dg.TableSchema:
    """The columns of a frame."""
    return dg.TableSchema([dg.TableColumn(name, type=_type_name(dtype)) for name, dtype in schema.items()])


def columns_of_raw_sales() -> dg.TableColumnLineage:
    """Which columns of a raw file each column of a sale is made from."""
    raw = dg.AssetKey("raw_sales")
    return _lineage({name: [(raw, part) for part in DERIVED_FROM.get(name, (name,))] for name in Sale.columns()})


def columns_as_in(asset: dg.AssetKey, columns: Iterable[str] = Sale.columns()) -> dg.TableColumnLineage:
    """Columns that come unchanged from another asset: those of a sale, if no others are named."""
    return _lineage({name: [(asset, name)] for name in columns})


def columns_of_marts(shown: Mapping[str, Sequence[str]]) -> dict[str, dg.TableSchema | dg.TableColumnLineage]:
    """The columns of marts that a page shows, as columns of the page.

    Args:
        shown: Columns by mart.
    """
    pairs = [(mart, column) for mart, columns in shown.items() for column in columns]
    return {
        "dagster/column_schema": dg.TableSchema([dg.TableColumn(".".join(pair)) for pair in pairs]),
        "dagster/column_lineage": _lineage({".".join(pair): [(dg.AssetKey(pair[0]), pair[1])] for pair in pairs}),
    }


def _lineage(parts: Mapping[str, Sequence[tuple[dg.AssetKey, str]]]) -> dg.TableColumnLineage:
    return dg.TableColumnLineage(
        {name: [dg.TableColumnDep(asset, column) for asset, column in columns] for name, columns in parts.items()}
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
