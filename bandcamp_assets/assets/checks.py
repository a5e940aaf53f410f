"""The blocking checks: at every layer, what came in is what went out, in rows and in US dollars to the cent.

A run that is about some days compares these days; run by hand without a partition, a check compares all.
"""

from collections.abc import Mapping
from datetime import date

import dagster as dg

from bandcamp_assets.assets.common import WAREHOUSE_POOL, days_of_run
from bandcamp_assets.assets.lake import CLEANED, STAGED
from bandcamp_assets.assets.objects import OBJECTS
from bandcamp_assets.assets.warehouse import SALES
from bandcamp_assets.catalog import Catalog
from bandcamp_assets.objects import ObjectStore
from bandcamp_assets.reconciliation.compare import add, differences, total
from bandcamp_assets.reconciliation.measure import (
    cleaned_figures,
    duplicate_figures,
    object_figures,
    rejected_rows,
    staged_figures,
    staged_rows,
)
from bandcamp_assets.settings import Settings
from bandcamp_assets.warehouse import DayFigures, Warehouse

MAX_SHOWN = 20


@dg.asset_check(asset=STAGED, blocking=True)
def raw_rows_are_staged_or_rejected(
    settings: dg.ResourceParam[Settings], catalog: dg.ResourceParam[Catalog]
) -> dg.AssetCheckResult:
    """Every record of every raw file is in `staged_sales` or in `rejected_sales`, counted in both."""
    staged = {file.file_id: file for file in catalog.staged_files()}
    wrong: list[str] = []
    rows = rejected = 0
    for raw in catalog.raw_files():
        file = staged.get(raw.file_id)
        if file is None:
            wrong.append(f"{raw.name}: not staged")
            continue
        found = staged_rows(settings.home.lake, raw.file_id, [day.sale_date for day in file.days])
        refused = rejected_rows(settings.home.lake, raw.file_id)
        rows, rejected = rows + found, rejected + refused
        if file.raw_rows != found + refused:
            wrong.append(f"{raw.name}: {file.raw_rows:,} raw rows, {found:,} staged, {refused:,} rejected")
    return dg.AssetCheckResult(
        passed=not wrong,
        metadata={"staged_rows": rows, "rejected_rows": rejected, "differences": wrong[:MAX_SHOWN]},
    )


@dg.asset_check(asset=CLEANED, additional_deps=[dg.AssetKey("duplicate_sales")], blocking=True)
def staged_rows_are_sales_or_duplicates(
    context: dg.AssetCheckExecutionContext,
    settings: dg.ResourceParam[Settings],
    catalog: dg.ResourceParam[Catalog],
) -> dg.AssetCheckResult:
    """Each day's staged rows are its sales plus its duplicates."""
    days = days_of_run(context.run.tags) or sorted(catalog.staged_inputs())
    lake = settings.home.lake
    made = add(cleaned_figures(lake, days), duplicate_figures(lake, days))
    return _compare(staged_figures(lake, catalog, days), made)


@dg.asset_check(asset=OBJECTS, blocking=True)
def objects_hold_the_cleaned_sales(
    context: dg.AssetCheckExecutionContext,
    settings: dg.ResourceParam[Settings],
    catalog: dg.ResourceParam[Catalog],
    object_store: dg.ResourceParam[ObjectStore],
) -> dg.AssetCheckResult:
    """Each day's object holds just the day's cleaned sales."""
    days = days_of_run(context.run.tags) or sorted(catalog.cleaned_days())
    return _compare(cleaned_figures(settings.home.lake, days), object_figures(object_store, days))


@dg.asset_check(asset=SALES, blocking=True, pool=WAREHOUSE_POOL)
def the_warehouse_holds_the_objects(
    context: dg.AssetCheckExecutionContext,
    catalog: dg.ResourceParam[Catalog],
    object_store: dg.ResourceParam[ObjectStore],
    warehouse: dg.ResourceParam[Warehouse],
) -> dg.AssetCheckResult:
    """Each day of `bandcamp.sales` holds just the sales of the day's object."""
    asked = days_of_run(context.run.tags)
    days = asked or sorted(catalog.cleaned_days())
    return _compare(object_figures(object_store, days), warehouse.figures("sales", asked))


@dg.asset_check(asset=dg.AssetKey("fct_sales"), blocking=True, pool=WAREHOUSE_POOL)
def the_fact_holds_the_sales(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse]
) -> dg.AssetCheckResult:
    """Each day of `fct_sales` holds just the day's rows of `bandcamp.sales`, with the same US dollars.

    Amounts that dbt had to estimate are left out, as nothing was delivered for them.
    """
    asked = days_of_run(context.run.tags)
    return _compare(warehouse.figures("sales", asked), warehouse.figures("fct_sales", asked))


CHECKS = [
    raw_rows_are_staged_or_rejected,
    staged_rows_are_sales_or_duplicates,
    objects_hold_the_cleaned_sales,
    the_warehouse_holds_the_objects,
    the_fact_holds_the_sales,
]


def _compare(expected: Mapping[date, DayFigures], found: Mapping[date, DayFigures]) -> dg.AssetCheckResult:
    wrong = differences(expected, found)
    return dg.AssetCheckResult(
        passed=not wrong,
        description=f"{len(wrong)} days differ" if wrong else f"{total(found)} in {len(found)} days",
        metadata={
            "days": len({*expected, *found}),
            "rows_expected": total(expected).rows,
            "rows_found": total(found).rows,
            "amount_paid_usd_expected": str(total(expected).amount_paid_usd),
            "amount_paid_usd_found": str(total(found).amount_paid_usd),
            "differences": [str(difference) for difference in wrong[:MAX_SHOWN]],
        },
    )
