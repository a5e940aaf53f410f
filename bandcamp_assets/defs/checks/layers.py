"""The blocking checks: each layer holds what the previous one gave it, in rows and in US dollars to the cent.

In a run of some days, a check compares these days. Run by hand without a partition, it compares all days. Days
that another run is changing at the same time are left to that run's checks, and named.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Final

import dagster as dg

from bandcamp_assets.components.failures import plain_failures
from bandcamp_assets.defs.assets.cleaning import CLEANED
from bandcamp_assets.defs.assets.objects import OBJECTS
from bandcamp_assets.defs.assets.staging import STAGED
from bandcamp_assets.defs.assets.warehouse import SALES
from bandcamp_assets.defs.checks import MAX_SHOWN, named
from bandcamp_assets.defs.checks.by_day import on_all_days, report_days
from bandcamp_assets.defs.partitions import DAYS, days_of_run
from bandcamp_assets.defs.policies import LAKE_POOL, WAREHOUSE_POOL
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.lake.cleaning import inputs_fingerprint
from bandcamp_assets.state.catalog import Catalog, Layer
from bandcamp_assets.state.integrity.reading import noting_damage
from bandcamp_assets.state.ledger.compare import Difference, add, differences, superseded, total
from bandcamp_assets.state.ledger.measure import (
    cleaned_figures,
    duplicate_figures,
    object_figures,
    rejected_rows,
    staged_figures,
    staged_rows,
)
from bandcamp_assets.state.plan import loaded_content
from bandcamp_assets.storage.objects import ObjectStore
from bandcamp_assets.storage.warehouse import DayFigures, Warehouse
from bandcamp_assets.storage.warehouse.marks import FACT


@dg.asset_check(asset=STAGED, blocking=True, pool=LAKE_POOL)
@plain_failures
def raw_rows_are_staged_or_rejected(
    context: dg.AssetCheckExecutionContext,
    settings: dg.ResourceParam[Settings],
    catalog: dg.ResourceParam[Catalog],
) -> dg.AssetCheckResult:
    """Every record of every raw file is in `staged_sales` or in `rejected_sales`, counted in both."""
    staged = {file.file_id: file for file in catalog.staged_files()}
    staging = context.instance.get_latest_materialization_event(STAGED)
    wrong: list[str] = []
    rows = rejected = waiting = 0
    for raw in catalog.current_files():
        file = staged.get(raw.file_id)
        if file is None and staging and raw.arrived_at.timestamp() > staging.timestamp:
            waiting += 1  # another run has landed it and will stage it
            continue
        if file is None:
            wrong.append(f"{raw.name}: not staged")
            continue
        with noting_damage(settings.home, catalog):
            found = staged_rows(settings.home.lake, raw.file_id, [day.sale_date for day in file.days])
            refused = rejected_rows(settings.home.lake, [raw.file_id])
        rows, rejected = rows + found, rejected + refused
        if file.raw_rows != found + refused:
            wrong.append(f"{raw.name}: {file.raw_rows:,} raw rows, {found:,} staged, {refused:,} rejected")
    return dg.AssetCheckResult(
        passed=not wrong,
        metadata={
            "staged_rows": rows,
            "rejected_rows": rejected,
            "files_to_be_staged": waiting,
            **named(wrong),
        },
    )


@dg.asset_check(
    asset=CLEANED,
    additional_deps=[dg.AssetKey("duplicate_sales")],
    blocking=True,
    partitions_def=DAYS,
    pool=LAKE_POOL,
)
@plain_failures
@on_all_days
def staged_rows_are_sales_or_duplicates(
    context: dg.AssetCheckExecutionContext,
    settings: dg.ResourceParam[Settings],
    catalog: dg.ResourceParam[Catalog],
) -> dg.AssetCheckResult:
    """Each day's staged rows are its sales plus its duplicates."""
    days = days_of_run(context.run.tags) or sorted(catalog.staged_inputs())
    lake = settings.home.lake
    with noting_damage(settings.home, catalog):
        staged = staged_figures(lake, catalog, days)
        made = add(cleaned_figures(lake, days), duplicate_figures(lake, days))
    inputs = catalog.staged_inputs()
    made_from = {day: record.inputs for day, record in catalog.cleaned_days().items()}
    now = {day: inputs_fingerprint(inputs.get(day, [])) for day in made_from}
    return _compare(context, staged, made, superseded(made_from, now))


@dg.asset_check(asset=OBJECTS, blocking=True, partitions_def=DAYS, pool=LAKE_POOL)
@plain_failures
@on_all_days
def objects_hold_the_cleaned_sales(
    context: dg.AssetCheckExecutionContext,
    settings: dg.ResourceParam[Settings],
    catalog: dg.ResourceParam[Catalog],
    object_store: dg.ResourceParam[ObjectStore],
) -> dg.AssetCheckResult:
    """Each day's object holds exactly the cleaned sales of the day."""
    cleaned = catalog.cleaned_days()
    days = days_of_run(context.run.tags) or sorted(cleaned)
    now = {day: record.sha256 for day, record in cleaned.items()}
    with noting_damage(settings.home, catalog):
        held = cleaned_figures(settings.home.lake, days)
        put = object_figures(settings.home.lake, object_store, days)
    return _compare(context, held, put, superseded(catalog.content(Layer.OBJECTS), now))


@dg.asset_check(asset=SALES, blocking=True, partitions_def=DAYS, pool=WAREHOUSE_POOL)
@plain_failures
@on_all_days
def the_warehouse_holds_the_objects(
    context: dg.AssetCheckExecutionContext,
    settings: dg.ResourceParam[Settings],
    catalog: dg.ResourceParam[Catalog],
    object_store: dg.ResourceParam[ObjectStore],
    warehouse: dg.ResourceParam[Warehouse],
) -> dg.AssetCheckResult:
    """Each day of `bandcamp.sales` holds exactly the sales of the day's object."""
    asked = days_of_run(context.run.tags)
    days = asked or sorted(catalog.cleaned_days())
    # Objects are in another pool and may be replaced while they are counted. So their records are read before and
    # after.
    loaded, before = catalog.content(Layer.WAREHOUSE), catalog.content(Layer.OBJECTS)
    with noting_damage(settings.home, catalog):
        expected = object_figures(settings.home.lake, object_store, days)
    found = warehouse.figures("sales", asked)
    changed = superseded(loaded, before) | superseded(loaded, catalog.content(Layer.OBJECTS))
    return _compare(context, expected, found, changed)


@dg.asset_check(asset=dg.AssetKey(FACT), blocking=True, partitions_def=DAYS, pool=WAREHOUSE_POOL)
@plain_failures
@on_all_days
def the_fact_holds_the_sales(
    context: dg.AssetCheckExecutionContext,
    catalog: dg.ResourceParam[Catalog],
    warehouse: dg.ResourceParam[Warehouse],
) -> dg.AssetCheckResult:
    """Each day of `fct_sales` holds exactly the day's rows of `bandcamp.sales`, with the same US dollars.

    Amounts that dbt estimated are not compared, as no amount was delivered for them. The metadata names their sum.
    """
    asked = days_of_run(context.run.tags)
    made_from = {day: loaded_content(made) for day, made in catalog.content(Layer.FACT).items()}
    return _compare(
        context,
        warehouse.figures("sales", asked),
        warehouse.figures(FACT, asked),
        superseded(made_from, catalog.content(Layer.WAREHOUSE)),
    )


CHECKS: Final = (
    raw_rows_are_staged_or_rejected,
    staged_rows_are_sales_or_duplicates,
    objects_hold_the_cleaned_sales,
    the_warehouse_holds_the_objects,
    the_fact_holds_the_sales,
)


def _compare(
    context: dg.AssetCheckExecutionContext,
    expected: Mapping[date, DayFigures],
    found: Mapping[date, DayFigures],
    changed: Collection[date],
) -> dg.AssetCheckResult:
    left_out = sorted(day for day in {*expected, *found} if day in changed)
    expected, found = _without(expected, changed), _without(found, changed)
    wrong = differences(expected, found)
    report_days(context, _by_day(expected, found, wrong))
    return dg.AssetCheckResult(
        passed=not wrong,
        description=f"{len(wrong)} days differ" if wrong else f"{total(found)} in {len(found)} days",
        metadata={
            "days": len({*expected, *found}),
            **_figures(total(expected), total(found)),
            **named([str(difference) for difference in wrong]),
            "days_changed_by_another_run": [str(day) for day in left_out[:MAX_SHOWN]],
        },
    )


def _by_day(
    expected: Mapping[date, DayFigures], found: Mapping[date, DayFigures], wrong: Sequence[Difference]
) -> dict[date, dg.AssetCheckResult]:
    nothing, differing = DayFigures(), {one.day: one for one in wrong}
    return {
        day: dg.AssetCheckResult(
            passed=day not in differing,
            description=str(differing.get(day, found.get(day, nothing))),
        )
        for day in {*expected, *found}
    }


def _figures(expected: DayFigures, found: DayFigures) -> dict[str, int | float]:
    return {
        "rows_expected": expected.rows,
        "rows_found": found.rows,
        "delivered_usd_expected": float(expected.amount_paid_usd),
        "delivered_usd_found": float(found.amount_paid_usd),
        "estimated_usd": float(found.estimated_usd),
        "amount_paid_usd": float(found.total_usd),
    }


def _without(figures: Mapping[date, DayFigures], days: Collection[date]) -> dict[date, DayFigures]:
    return {day: held for day, held in figures.items() if day not in days}
