"""Objects: `sales_objects`, the cleaned days in the object store. `archive` has those of the raw files."""

import time
from datetime import date

import dagster as dg
import polars as pl

from bandcamp_assets.components.failures import plain_failures
from bandcamp_assets.components.metadata import (
    add_day_figures,
    add_to_last_day,
    column_schema,
    columns_as_in,
    shown,
    table,
    with_links,
    work_of_run,
)
from bandcamp_assets.contract.sale import Sale
from bandcamp_assets.defs.assets.cleaning import CLEANED
from bandcamp_assets.defs.partitions import DAYS, days_of
from bandcamp_assets.defs.policies import LAKE_POOL, OWNERS, SINGLE_RUN
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.lake.layout import cleaned_file
from bandcamp_assets.state.catalog import Catalog, Layer, ObjectContent
from bandcamp_assets.state.integrity.reading import noting_damage, require_cleaned
from bandcamp_assets.state.ledger.compare import total
from bandcamp_assets.state.ledger.measure import object_figures
from bandcamp_assets.storage.objects import (
    ObjectStore,
    StoredObject,
    common_prefix,
    days_among,
    put_all,
    sales_key,
)

OBJECTS = dg.AssetKey("sales_objects")


@dg.asset(
    key=OBJECTS,
    deps=[CLEANED],
    group_name="lake",
    kinds={"parquet"},
    owners=OWNERS,
    metadata={"dagster/column_schema": with_links(column_schema(Sale), columns_as_in(CLEANED))},
    partitions_def=DAYS,
    pool=LAKE_POOL,
    backfill_policy=SINGLE_RUN,
)
@plain_failures
def sales_objects(
    context: dg.AssetExecutionContext,
    settings: dg.ResourceParam[Settings],
    catalog: dg.ResourceParam[Catalog],
    object_store: dg.ResourceParam[ObjectStore],
) -> dg.MaterializeResult:
    """The files of `cleaned_sales` as objects, from which the warehouse loads.

    An object is replaced as a whole, and its CRC32C is checked. An unchanged object is not written again.
    """
    started = time.perf_counter()
    object_store.verify()
    days = days_of(tuple(context.partition_keys))
    cleaned = {day: held for day, held in catalog.cleaned_days().items() if day in days}
    # Checked before anything is replaced: a damaged file of the lake must not replace a good object.
    with noting_damage(settings.home, catalog):
        require_cleaned(settings.home, catalog, cleaned.values())
    # Forgotten first: a reader at the same time, or after a kill, must not trust the old records.
    catalog.forget_content(Layer.OBJECTS, days, [sales_key(day) for day in days])
    files = {day: cleaned_file(settings.home.lake, day) for day, held in cleaned.items() if held.sha256}
    put = put_all(object_store, {sales_key(day): path for day, path in files.items()})
    removed = _remove_others(object_store, days, set(put))
    catalog.record_content(
        Layer.OBJECTS,
        {day: held.sha256 for day, held in cleaned.items()},
        [ObjectContent.of(key, held) for key, (held, _is_new) in put.items()],
    )
    figures = object_figures(settings.home.lake, object_store, days)
    add_day_figures(context, OBJECTS, figures)
    stored = {day: put[sales_key(day)][0] for day in files}
    for day, held in stored.items():
        context.add_asset_metadata(
            {
                "dagster/uri": held.uri,
                "crc32c": held.crc32c,
                "generation": str(held.generation),
                "dagster/size_bytes": held.size,
                **shown(object_store.link(sales_key(day))),
            },
            asset_key=OBJECTS,
            partition_key=day.isoformat(),
        )
    add_to_last_day(context, OBJECTS, {"dagster/column_lineage": columns_as_in(CLEANED)})
    written = sum(is_new for _held, is_new in put.values())
    return dg.MaterializeResult(
        metadata={
            **work_of_run(total(figures).rows, time.perf_counter() - started, len(days)),
            "dagster/row_count": _rows(catalog),
            "objects_written": written,
            "objects_unchanged": len(put) - written,
            "objects_removed": removed,
            "objects": table(_listing(stored)),
        }
    )


def _rows(catalog: Catalog) -> int:
    """Rows of all days whose object holds what the lake holds now."""
    stored = catalog.content(Layer.OBJECTS)
    return sum(day.rows for day in catalog.cleaned_days().values() if stored.get(day.sale_date) == day.sha256)


def _remove_others(store: ObjectStore, days: list[date], wanted: set[str]) -> int:
    """Remove objects that do not belong to these days. Called once the right ones are complete."""
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
