"""Objects: `sales_objects`, the lake's clean days in the object store, and `raw_objects`, the raw files."""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import dagster as dg
import polars as pl

from bandcamp_assets.assets.common import DAYS, LAKE_POOL, OWNERS, SINGLE_RUN, days_of
from bandcamp_assets.assets.lake import CLEANED
from bandcamp_assets.automation.archive import ARCHIVE_HOURLY
from bandcamp_assets.catalog import Catalog, Layer
from bandcamp_assets.lake.layout import cleaned_file
from bandcamp_assets.objects import ObjectStore, StoredObject, common_prefix, days_among, raw_key, sales_key
from bandcamp_assets.objects.keys import RAW
from bandcamp_assets.presentation.metadata import add_day_figures, table, work_of_run
from bandcamp_assets.reconciliation.compare import total
from bandcamp_assets.reconciliation.measure import object_figures
from bandcamp_assets.settings import Settings

OBJECTS = dg.AssetKey("sales_objects")


@dg.asset(
    key=OBJECTS,
    deps=[CLEANED],
    group_name="lake",
    kinds={"parquet"},
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
    object_store.verify()
    days = days_of(tuple(context.partition_keys))
    cleaned = catalog.cleaned_days()
    # Whoever reads the objects meanwhile, or after a kill, must not take them for what they were.
    catalog.forget_content(Layer.OBJECTS, days)
    files = {day: path for day in days if (path := cleaned_file(settings.home.lake, day)).is_file()}
    put = _put_all(object_store, {sales_key(day): path for day, path in files.items()})
    removed = _remove_others(object_store, days, set(put))
    catalog.record_content(Layer.OBJECTS, {day: cleaned[day].sha256 for day in days if day in cleaned})
    figures = object_figures(settings.home.lake, object_store, days)
    add_day_figures(context, OBJECTS, figures)
    stored = {day: put[sales_key(day)][0] for day in files}
    for day, held in stored.items():
        context.add_asset_metadata(
            {
                "uri": held.uri,
                "crc32c": held.crc32c,
                "generation": str(held.generation),
                "bytes": held.size,
                **object_store.link(sales_key(day)),
            },
            asset_key=OBJECTS,
            partition_key=day.isoformat(),
        )
    written = sum(is_new for _held, is_new in put.values())
    return dg.MaterializeResult(
        metadata={
            **work_of_run(total(figures).rows, time.perf_counter() - started, len(days)),
            "objects_written": written,
            "objects_unchanged": len(put) - written,
            "objects_removed": removed,
            "objects": table(_listing(stored)),
        }
    )


@dg.asset(
    deps=[dg.AssetKey("raw_sales"), dg.AssetKey("feed_pages")],
    automation_condition=ARCHIVE_HOURLY,
    group_name="landing",
    kinds={"archive"},
    owners=OWNERS,
    pool=LAKE_POOL,
    backfill_policy=SINGLE_RUN,
)
def raw_objects(
    settings: dg.ResourceParam[Settings],
    catalog: dg.ResourceParam[Catalog],
    object_store: dg.ResourceParam[ObjectStore],
) -> dg.MaterializeResult:
    """The raw files as delivered, archived in the object store: all else can be made from them again."""
    started = time.perf_counter()
    object_store.verify()
    # Of a file without a checksum nothing but rows in the lake is left.
    files = [file for file in catalog.raw_files() if file.sha256]
    keys = {raw_key(file.file_id, file.name): settings.home.landing / file.stored_as for file in files}
    archived = set(object_store.keys(RAW))
    put = _put_all(object_store, {key: path for key, path in keys.items() if key not in archived}, for_ever=True)
    return dg.MaterializeResult(
        metadata={
            "files": len(keys),
            "files_archived": len(put),
            "bytes_archived": sum(held.size for held, _is_new in put.values()),
            "seconds": round(time.perf_counter() - started, 3),
        }
    )


def _put_all(
    store: ObjectStore, files: Mapping[str, Path], *, for_ever: bool = False
) -> dict[str, tuple[StoredObject, bool]]:
    """Put files, several at a time where the store gains by it."""
    with ThreadPoolExecutor(store.workers, thread_name_prefix="put") as pool:
        put = pool.map(lambda item: store.put(*item, for_ever=for_ever), files.items())
        return dict(zip(files, put, strict=True))


def _remove_others(store: ObjectStore, days: list[date], wanted: set[str]) -> int:
    """Remove what does not belong to these days, now that what does is complete."""
    listed = store.keys(common_prefix(days))
    others = [key for key in listed if key not in wanted and days_among([key]) <= set(days)]
    for key in others:
        store.delete(key)
    return len(others)


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
