"""Objects: `sales_objects`, the cleaned days in the object store, and `raw_objects`, the archived raw files."""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from types import MappingProxyType

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
from bandcamp_assets.lake.damage import DamagedFileError
from bandcamp_assets.lake.layout import cleaned_file
from bandcamp_assets.sources.raw_file import RawFile
from bandcamp_assets.state.catalog import Catalog, FileContent, Layer, ObjectContent, Part
from bandcamp_assets.state.integrity.reading import noting_damage, require_cleaned, require_raw
from bandcamp_assets.state.integrity.survey import are_all_listed
from bandcamp_assets.state.ledger.compare import total
from bandcamp_assets.state.ledger.measure import object_figures
from bandcamp_assets.storage.objects import (
    ObjectStore,
    StoredObject,
    common_prefix,
    days_among,
    raw_key,
    sales_key,
)
from bandcamp_assets.storage.objects.keys import RAW
from bandcamp_assets.system.home import Home
from bandcamp_assets.system.progress import LOGGER, Progress

OBJECTS = dg.AssetKey("sales_objects")

_LANDED_SINCE = dg.AutomationCondition.any_deps_updated().since(
    dg.AutomationCondition.newly_requested() | dg.AutomationCondition.newly_updated()
)

ARCHIVE_HOURLY = (
    dg.AutomationCondition.cron_tick_passed("0 * * * *", "UTC")
    & _LANDED_SINCE
    & ~dg.AutomationCondition.in_progress()
).with_label("on the hour, if files landed")
"""When raw files are archived."""


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
    put = _put_all(object_store, {sales_key(day): path for day, path in files.items()})
    removed = _remove_others(object_store, days, set(put))
    catalog.record_content(
        Layer.OBJECTS,
        {day: held.sha256 for day, held in cleaned.items()},
        [_content(key, held) for key, (held, _is_new) in put.items()],
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


@dg.asset(
    deps=[dg.AssetKey("raw_sales"), dg.AssetKey("feed_pages")],
    automation_condition=ARCHIVE_HOURLY,
    group_name="landing",
    kinds={"archive"},
    owners=OWNERS,
    pool=LAKE_POOL,
    backfill_policy=SINGLE_RUN,
)
@plain_failures
def raw_objects(
    settings: dg.ResourceParam[Settings],
    catalog: dg.ResourceParam[Catalog],
    object_store: dg.ResourceParam[ObjectStore],
) -> dg.MaterializeResult:
    """The raw files as delivered, archived in the object store. Everything else can be rebuilt from them.

    A lost or damaged object is archived again. A damaged landed file never replaces its object.
    """
    started = time.perf_counter()
    object_store.verify()
    # A file without a checksum is lost. Only its rows in the lake are left.
    files = {raw_key(file.file_id, file.name): file for file in catalog.raw_files() if file.sha256}
    recorded, all_are_listed = catalog.object_contents(), are_all_listed(object_store, len(files))
    held = object_store.versions(RAW) if all_are_listed else _as_recorded(recorded)
    missing = [key for key in files if key not in recorded or held.get(key) != recorded[key].version]
    whole, lost = _whole_files({key: files[key] for key in missing}, settings.home, catalog)
    # An object that is right but has no record is not written again.
    there = object_store.stat(key for key in whole if held.get(key, NO_VERSION)[1] > 0)
    known = {key: one for key, one in there.items() if one.crc32c == whole[key].crc32c}
    wanted = {key: settings.home.root / file.path for key, file in whole.items() if key not in known}
    put = _put_all(object_store, wanted, crc32cs={key: file.crc32c for key, file in whole.items()}, for_ever=True)
    archived = known | {key: one for key, (one, _is_new) in put.items()}
    catalog.record_contents(whole.values(), [_content(key, one) for key, one in archived.items()])
    protected = _protect_earlier(object_store, catalog, again=all_are_listed)
    return dg.MaterializeResult(
        metadata={
            "files": len(files),
            "files_archived": len(put),
            "files_protected_later": protected,
            "files_lost_in_landing": lost,
            "dagster/size_bytes": sum(file.size for file in files.values()),
            "bytes_archived": sum(one.size for one, _is_new in put.values()),
            "seconds": round(time.perf_counter() - started, 3),
        }
    )


def _rows(catalog: Catalog) -> int:
    """Rows of all days whose object holds what the lake holds now."""
    stored = catalog.content(Layer.OBJECTS)
    return sum(day.rows for day in catalog.cleaned_days().values() if stored.get(day.sale_date) == day.sha256)


NO_VERSION = (0, 0)

NO_CHECKSUMS: Mapping[str, str] = MappingProxyType({})


def _whole_files(
    files: Mapping[str, RawFile], home: Home, catalog: Catalog
) -> tuple[dict[str, FileContent], list[str]]:
    """The landed files that are right, by key, and the names of those that are lost or damaged."""
    known = catalog.file_contents()
    whole: dict[str, FileContent] = {}
    lost: list[str] = []
    for key, file in files.items():
        try:
            whole[key] = require_raw(home, file, known)
        except (DamagedFileError, FileNotFoundError):
            # The others are archived. `status` and the end of the run say what to do about this one.
            LOGGER.warning("raw_objects: the landed file %s is lost or damaged, and is not archived", file.name)
            lost.append(file.name)
    return whole, lost


def _as_recorded(recorded: Mapping[str, ObjectContent]) -> dict[str, tuple[int, int]]:
    """What the archive holds by the records. A deep look compares them with it, and suspects what differs."""
    return {key: one.version for key, one in recorded.items() if not one.is_suspect}


def _protect_earlier(store: ObjectStore, catalog: Catalog, *, again: bool) -> int:
    """Protect what was archived before the setting, or by a version that protected after the upload.

    That looks at all objects: behind a long history once for each change of the setting.
    """
    if not again and catalog.built_from(Part.ARCHIVE) == store.protection:
        return 0
    protected = store.protect(RAW)
    catalog.record_built(Part.ARCHIVE, store.protection)
    return protected


def _content(key: str, held: StoredObject) -> ObjectContent:
    return ObjectContent(key, held.size, held.generation, held.crc32c)


def _put_all(
    store: ObjectStore,
    files: Mapping[str, Path],
    *,
    crc32cs: Mapping[str, str] = NO_CHECKSUMS,
    for_ever: bool = False,
) -> dict[str, tuple[StoredObject, bool]]:
    """Put files, several at a time if the store gains by it."""
    with ThreadPoolExecutor(store.workers, thread_name_prefix="put") as pool:
        put = pool.map(
            lambda item: store.put(*item, crc32c=crc32cs.get(item[0], ""), for_ever=for_ever), files.items()
        )
        return dict(
            zip(files, Progress("objects", "objects checked or written", len(files)).over(put), strict=True)
        )


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
