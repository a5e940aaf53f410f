"""Objects: `sales_objects`, the lake's clean days in the object store."""

import time
from datetime import date

import dagster as dg
import polars as pl

from bandcamp_assets.assets.common import DAYS, LAKE_POOL, OWNERS, SINGLE_RUN, days_of
from bandcamp_assets.assets.lake import CLEANED
from bandcamp_assets.catalog import Catalog, Layer
from bandcamp_assets.lake.layout import cleaned_file
from bandcamp_assets.objects import ObjectStore, StoredObject, sales_key
from bandcamp_assets.presentation.metadata import add_day_figures, table, work_of_run
from bandcamp_assets.reconciliation.compare import total
from bandcamp_assets.reconciliation.measure import object_figures
from bandcamp_assets.settings import Settings

OBJECTS = dg.AssetKey("sales_objects")


@dg.asset(
    key=OBJECTS,
    deps=[CLEANED],
    group_name="lake",
    kinds={"parquet", "file"},
    owners=OWNERS,
    partitions_def=DAYS,
    pool=LAKE_POOL,
    backfill_policy=SINGLE_RUN,
)
def sales_objects(
    context: dg.AssetExecutionContext,
    settings: dg.ResourceParam[Settings],
    catalog: dg.ResourceParam[Catalog],
    object_store: dg.ResourceParam[ObjectStore],
) -> dg.MaterializeResult:
    """The same bytes as `cleaned_sales`, as objects that the warehouse loads from.

    An object is replaced whole, with its CRC32C checked; an unchanged one is not written again.
    """
    started = time.perf_counter()
    days = days_of(tuple(context.partition_keys))
    cleaned = catalog.cleaned_days()
    # Whoever reads the objects meanwhile, or after a kill, must not take them for what they were.
    catalog.forget_content(Layer.OBJECTS, days)
    stored: dict[date, StoredObject] = {}
    written = 0
    for day in days:
        path = cleaned_file(settings.home.lake, day)
        if not path.is_file():
            object_store.delete(sales_key(day))
            continue
        stored[day], is_new = object_store.put(sales_key(day), path)
        written += is_new
    catalog.record_content(Layer.OBJECTS, {day: cleaned[day].sha256 for day in days if day in cleaned})
    figures = object_figures(object_store, days)
    add_day_figures(context, OBJECTS, figures)
    for day, held in stored.items():
        context.add_asset_metadata(
            {"uri": held.uri, "crc32c": held.crc32c, "generation": str(held.generation), "bytes": held.size},
            asset_key=OBJECTS,
            partition_key=day.isoformat(),
        )
    return dg.MaterializeResult(
        metadata={
            **work_of_run(total(figures).rows, time.perf_counter() - started, len(days)),
            "objects_written": written,
            "objects_unchanged": len(stored) - written,
            "objects": table(_listing(stored)),
        }
    )


def _listing(stored: dict[date, StoredObject]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "sale_date": list(stored),
            "uri": [held.uri for held in stored.values()],
            "bytes": [held.size for held in stored.values()],
            "crc32c": [held.crc32c for held in stored.values()],
        },
        schema={"sale_date": pl.Date, "uri": pl.String, "bytes": pl.Int64, "crc32c": pl.String},
    ).head(100)
