"""Frames, figures and schemas as Dagster metadata.

Texts from outside are shown as table cells or plain text, never as Markdown or HTML, as an artist's name may hold
anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

import dagster as dg
import dataframely as dy
import polars as pl

from bandcamp_assets.contract.sale import DERIVED_FROM, SOURCE_COLUMNS, Sale
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


def raw_schema() -> dg.TableSchema:
    """The columns of a raw file. All are text; what they mean is what they mean in a sale."""
    described = {column.name: column.description for column in column_schema(Sale).columns}
    return dg.TableSchema([dg.TableColumn(name, "string", described.get(name)) for name in SOURCE_COLUMNS])


def frame_schema(schema: Mapping[str, pl.DataType]) -> dg.TableSchema:
    """The columns of a frame."""
    return described_schema(schema, {})


def described_schema(schema: Mapping[str, pl.DataType], meanings: Mapping[str, str]) -> dg.TableSchema:
    """The columns of a frame, with what they mean."""
    return dg.TableSchema(
        [dg.TableColumn(name, _type_name(dtype), meanings.get(name) or None) for name, dtype in schema.items()]
    )


def columns_of_raw_sales() -> dg.TableColumnLineage:
    """Which columns of a raw file each column of a sale is made from."""
    raw = dg.AssetKey("raw_sales")
    return _lineage({name: [(raw, part) for part in DERIVED_FROM.get(name, (name,))] for name in Sale.columns()})


def columns_as_in(asset: dg.AssetKey, columns: Iterable[str] = Sale.columns()) -> dg.TableColumnLineage:
    """Columns that come unchanged from another asset: those of a sale, if no others are named."""
    return _lineage({name: [(asset, name)] for name in columns})


def columns_of_marts(marts: Mapping[str, pl.DataFrame]) -> dict[str, dg.TableSchema | dg.TableColumnLineage]:
    """The columns of marts that a page shows, as columns of the page.

    Args:
        marts: What the page shows of each mart.
    """
    types = {(mart, column): dtype for mart, frame in marts.items() for column, dtype in frame.schema.items()}
    lineage = _lineage({".".join(pair): [(dg.AssetKey(pair[0]), pair[1])] for pair in types})
    schema = frame_schema({".".join(pair): dtype for pair, dtype in types.items()})
    return {"dagster/column_schema": with_links(schema, lineage), "dagster/column_lineage": lineage}


def with_links(schema: dg.TableSchema, lineage: dg.TableColumnLineage) -> dg.TableSchema:
    """The columns, each description followed by links to what the column is made from.

    The open-source UI keeps column lineage, but only Dagster+ draws it. It shows descriptions as Markdown.
    """
    made_from = lineage.deps_by_column
    return dg.TableSchema(
        [
            dg.TableColumn(
                one.name,
                one.type,
                _linked(one.description, made_from.get(one.name, ())),
                one.constraints,
                one.tags,
            )
            for one in schema.columns
        ]
    )


def _linked(description: str | None, made_from: Sequence[dg.TableColumnDep]) -> str | None:
    links = [
        f"[{one.asset_key.to_user_string()}](/assets/{'/'.join(one.asset_key.path)}).`{one.column_name}`"
        for one in made_from
    ]
    return (
        "\n\n".join(text for text in (description, f"from {', '.join(links)}" if links else None) if text) or None
    )


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


def work_of_run(rows: int, seconds: float, days: int, *, size: int | None = None) -> dict[str, Any]:
    """The work of a step over all days of a run, under names that cannot be confused with those of one day."""
    done: dict[str, Any] = {
        "run_rows": rows,
        "run_seconds": round(seconds, 3),
        "run_rows_per_second": round(rows / seconds) if seconds else rows,
        "run_days": days,
    }
    return done if size is None else {**done, "run_bytes": size}


def add_day_figures(
    context: dg.AssetExecutionContext,
    asset_key: dg.AssetKey,
    figures: Mapping[date, DayFigures],
    files: Mapping[date, Path] = MappingProxyType({}),
) -> None:
    """Add each day's rows and US dollars, and its file if it has one, to the event of its partition."""
    for day, held in figures.items():
        file = files.get(day)
        context.add_asset_metadata(
            {
                "dagster/partition_row_count": held.rows,
                "amount_paid_usd": float(held.amount_paid_usd),
                **({"dagster/uri": file.as_uri(), "dagster/size_bytes": file.stat().st_size} if file else {}),
            },
            asset_key=asset_key,
            partition_key=day.isoformat(),
        )


def add_to_last_day(
    context: dg.AssetExecutionContext, asset_key: dg.AssetKey, metadata: Mapping[str, Any]
) -> None:
    """Add what is the same for all days to one event, the asset's latest, as the UI shows that of the latest."""
    context.add_asset_metadata(metadata, asset_key=asset_key, partition_key=max(context.partition_keys))


def shown(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as metadata: paths and addresses as links, anything else unchanged."""
    return {name: _shown(value) for name, value in values.items()}


def _shown(value: object) -> object:
    if isinstance(value, Path):
        return dg.MetadataValue.path(value)
    if isinstance(value, str) and value.startswith("https://"):
        return dg.MetadataValue.url(value)
    return value


def _type_name(dtype: pl.DataType) -> str:
    return "string" if isinstance(dtype, pl.Enum) else str(dtype).lower()


def _cell(value: object) -> str | int | float | bool | None:
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)[:MAX_CELL_CHARACTERS]
