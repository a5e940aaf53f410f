"""Warehouse: `sales`, the table that dbt's models start from."""

import time
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl

from bandcamp_assets.assets.common import DAYS, OWNERS, SINGLE_RUN, WAREHOUSE_POOL, days_of
from bandcamp_assets.assets.objects import OBJECTS
from bandcamp_assets.catalog import Catalog, Layer
from bandcamp_assets.contract.sale import Sale
from bandcamp_assets.errors import PlatformError
from bandcamp_assets.objects import ObjectStore, sales_key
from bandcamp_assets.presentation.metadata import add_day_figures, column_schema, preview, work_of_run
from bandcamp_assets.reconciliation.compare import total
from bandcamp_assets.warehouse import DayFigures, Warehouse
from bandcamp_assets.warehouse.warehouse import SCHEMA

SALES = dg.AssetKey("sales")


@dg.asset(
    key=SALES,
    deps=[OBJECTS],
    group_name="warehouse",
    kinds={"duckdb", "table"},
    owners=OWNERS,
    partitions_def=DAYS,
    pool=WAREHOUSE_POOL,
    backfill_policy=SINGLE_RUN,
)
def sales(
    context: dg.AssetExecutionContext,
    catalog: dg.ResourceParam[Catalog],
    object_store: dg.ResourceParam[ObjectStore],
    warehouse: dg.ResourceParam[Warehouse],
) -> dg.MaterializeResult:
    """Table `bandcamp.sales`: every sale with all columns of the source, typed; one day replaced at a time."""
    started = time.perf_counter()
    days = days_of(tuple(context.partition_keys))
    cleaned = catalog.cleaned_days()
    expected = {day: cleaned[day].sha256 for day in days if day in cleaned}
    paths = {day: object_store.local_path(sales_key(day)) for day in days}
    gone = [day for day, sha256 in expected.items() if sha256 and not paths[day].is_file()]
    if gone:
        raise PlatformError(
            f"The object store lacks the sales of {gone[0]}",
            where=str(paths[gone[0]]),
            remedy="materialize sales_objects for that day first",
        )
    # Read before loading: objects that are replaced meanwhile leave the day to be loaded again.
    stored = catalog.content(Layer.OBJECTS)
    catalog.forget_content(Layer.WAREHOUSE, days)
    held = warehouse.replace_days({day: path if path.is_file() else None for day, path in paths.items()})
    catalog.record_content(Layer.WAREHOUSE, {day: stored[day] for day in days if day in stored})
    figures: dict[date, DayFigures] = {day: held.get(day, DayFigures()) for day in days}
    add_day_figures(context, SALES, figures)
    return dg.MaterializeResult(
        metadata={
            **work_of_run(total(figures).rows, time.perf_counter() - started, len(days)),
            "dagster/column_schema": column_schema(Sale),
            "dagster/relation_identifier": f"{SCHEMA}.sales",
            **_preview(paths, held),
        }
    )


def _preview(paths: dict[date, Path], held: dict[date, DayFigures]) -> dict[str, Any]:
    """The first rows of the newest day, read from its object: the table holds the same."""
    if not held:
        return {}
    return {"preview_of_last_day": preview(pl.read_parquet(str(paths[max(held)]), n_rows=5))}
