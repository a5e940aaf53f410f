"""Warehouse: `sales`, the table from which dbt's models start."""

import time
from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg

from bandcamp_assets.components.failures import plain_failures
from bandcamp_assets.components.metadata import (
    add_day_figures,
    add_to_last_day,
    column_schema,
    columns_as_in,
    preview,
    shown,
    with_links,
    work_of_run,
)
from bandcamp_assets.contract.sale import Sale
from bandcamp_assets.defs.assets.objects import OBJECTS
from bandcamp_assets.defs.partitions import DAYS, days_of
from bandcamp_assets.defs.policies import OWNERS, SINGLE_RUN, WAREHOUSE_POOL
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.lake.damage import first_rows
from bandcamp_assets.lake.layout import cleaned_file
from bandcamp_assets.state.catalog import Catalog, Layer
from bandcamp_assets.state.integrity.reading import OBJECT_REMEDY, noting_damage
from bandcamp_assets.state.ledger.compare import total
from bandcamp_assets.state.ledger.measure import cleaned_figures
from bandcamp_assets.storage.objects import ObjectStore, StoredObject, sales_key
from bandcamp_assets.storage.warehouse import DayFigures, Warehouse
from bandcamp_assets.storage.warehouse.warehouse import Replaced
from bandcamp_assets.system.errors import PlatformError

SALES = dg.AssetKey("sales")

DAYS_A_RECORD = 100
"""After so many days the catalog records what was loaded. A backfill of years is an hour of load jobs."""

ATTEMPTS = 3
"""How often objects are compared before one counts as damaged: another run may be replacing it at the time."""


@dg.asset(
    key=SALES,
    deps=[OBJECTS],
    group_name="warehouse",
    kinds={"table"},
    owners=OWNERS,
    metadata={"dagster/column_schema": with_links(column_schema(Sale), columns_as_in(OBJECTS))},
    partitions_def=DAYS,
    pool=WAREHOUSE_POOL,
    backfill_policy=SINGLE_RUN,
)
@plain_failures
def sales(
    context: dg.AssetExecutionContext,
    settings: dg.ResourceParam[Settings],
    catalog: dg.ResourceParam[Catalog],
    object_store: dg.ResourceParam[ObjectStore],
    warehouse: dg.ResourceParam[Warehouse],
) -> dg.MaterializeResult:
    """Table `sales`: every sale with all columns of the source, typed. One day is replaced at a time."""
    started = time.perf_counter()
    days = days_of(tuple(context.partition_keys))
    cleaned = catalog.cleaned_days()
    expected = {day: cleaned[day].sha256 for day in days if day in cleaned}
    keys = {day: sales_key(day) for day in days}
    objects = _objects_as_put(object_store, catalog, keys.values())
    gone = [day for day, sha256 in expected.items() if sha256 and keys[day] not in objects]
    if gone:
        raise PlatformError(
            f"The object store lacks the sales of {gone[0]}",
            where=f"object {keys[gone[0]]}",
            remedy=OBJECT_REMEDY,
        )
    # Read before loading. If an object is replaced meanwhile, its day is then loaded again.
    stored = catalog.content(Layer.OBJECTS)
    content = {day: stored[day] for day in days if day in stored}
    held = _loaded_before(warehouse, catalog, settings.home.lake, content)
    catalog.forget_content(Layer.WAREHOUSE, [day for day in days if day not in held])
    # A day that is known to have no sales has no object. One under its key does not belong to it.
    wanted = {day: objects.get(keys[day]) if stored.get(day) != "" else None for day in days if day not in held}
    replaced = _replace(warehouse, catalog, wanted, content)
    filled = {**held, **replaced.figures}
    figures: dict[date, DayFigures] = {day: filled.get(day, DayFigures()) for day in days}
    add_day_figures(context, SALES, figures)
    for day, values in replaced.day_metadata.items():
        context.add_asset_metadata(shown(values), asset_key=SALES, partition_key=day.isoformat())
    with noting_damage(settings.home, catalog):
        example = _preview(settings.home.lake, filled)
    add_to_last_day(context, SALES, {"dagster/column_lineage": columns_as_in(OBJECTS), **example})
    return dg.MaterializeResult(
        metadata={
            **work_of_run(total(figures).rows, time.perf_counter() - started, len(days)),
            "dagster/row_count": _rows(warehouse),
        }
    )


def _loaded_before(
    warehouse: Warehouse, catalog: Catalog, lake: Path, content: Mapping[date, str]
) -> dict[date, DayFigures]:
    """Days that a run which did not get to the fact has loaded from these very objects, with what they hold.

    A load job costs a part of a quota, so a backfill does not repeat thousands. What a day holds is compared all
    the same. DuckDB loads a month in a second, and knows by its marks what it holds.
    """
    if warehouse.keeps_marks:
        return {}
    loads, recorded = catalog.content(Layer.LOADS), catalog.content(Layer.WAREHOUSE)
    days = [day for day, sha256 in content.items() if sha256 and loads.get(day) == recorded.get(day) == sha256]
    if not days:
        return {}
    expected, found = cleaned_figures(lake, days), warehouse.figures("sales", days)
    return {day: found[day] for day in days if day in found and found[day] == expected.get(day)}


def _replace(
    warehouse: Warehouse,
    catalog: Catalog,
    objects: Mapping[date, StoredObject | None],
    content: Mapping[date, str],
) -> Replaced:
    """Replace days, and record them some at a time: see `_loaded_before`."""
    days, figures, metadata = sorted(objects), dict[date, DayFigures](), dict[date, Mapping[str, Any]]()
    for start in range(0, len(days), DAYS_A_RECORD):
        some = days[start : start + DAYS_A_RECORD]
        made_from = {day: content[day] for day in some if day in content}
        replaced = warehouse.replace_days({day: objects[day] for day in some}, made_from)
        catalog.record_content(Layer.WAREHOUSE, made_from)
        if not warehouse.keeps_marks:
            catalog.record_content(Layer.LOADS, made_from)
        figures.update(replaced.figures)
        metadata.update(replaced.day_metadata)
    return Replaced(figures, metadata)


def _objects_as_put(store: ObjectStore, catalog: Catalog, keys: Collection[str]) -> dict[str, StoredObject]:
    """The objects under these keys, each checked against its recorded checksum.

    Raises:
        PlatformError: If the checksum of one differs.
    """
    for _attempt in range(ATTEMPTS):
        objects, recorded = store.stat(keys), catalog.object_contents()
        damaged = [key for key, held in objects.items() if key in recorded and held.crc32c != recorded[key].crc32c]
        if not damaged:
            return objects
    catalog.suspect(keys=damaged)
    raise PlatformError(
        "An object is damaged: it is not as it was written", where=store.locate(damaged[0]), remedy=OBJECT_REMEDY
    )


def _rows(warehouse: Warehouse) -> int:
    """All rows of the table. Neither warehouse reads one for this."""
    return int(warehouse.query(f"select count(*) from {warehouse.relation('sales')}").item())  # noqa: S608


def _preview(lake: Path, held: Mapping[date, DayFigures]) -> dict[str, Any]:
    """The first rows of the newest day, read from the lake, which holds the same rows as the table."""
    days = [day for day in held if cleaned_file(lake, day).is_file()]
    if not days:
        return {}
    return {"preview": preview(first_rows(cleaned_file(lake, max(days))))}
