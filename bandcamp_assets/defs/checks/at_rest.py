"""Checks of data at rest: no file, object, page or table was lost or changed since it was made."""

from typing import Final

import dagster as dg

from bandcamp_assets.components.failures import plain_failures
from bandcamp_assets.defs.checks import named
from bandcamp_assets.defs.policies import LAKE_POOL, RECONCILE, WAREHOUSE_POOL
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets.state.integrity.damage import Survey
from bandcamp_assets.state.integrity.survey import survey_files, take_note
from bandcamp_assets.state.integrity.tables import survey_tables
from bandcamp_assets.storage.objects import ObjectStore
from bandcamp_assets.storage.warehouse import Warehouse
from bandcamp_assets.system.home import Home


@dg.asset_check(asset=dg.AssetKey("ledger"), pool=LAKE_POOL)
@plain_failures
def files_are_as_written(
    context: dg.AssetCheckExecutionContext,
    settings: dg.ResourceParam[Settings],
    catalog: dg.ResourceParam[Catalog],
    object_store: dg.ResourceParam[ObjectStore],
) -> dg.AssetCheckResult:
    """No raw file, file of the lake, object or page is lost or damaged.

    Compares size and time. The job `reconcile`, which runs every week, compares checksums.
    """
    home, deep = settings.home, context.run.job_name == RECONCILE
    return _judge(survey_files(home, catalog, object_store, deep=deep), home, catalog)


@dg.asset_check(asset=dg.AssetKey("ledger"), pool=WAREHOUSE_POOL)
@plain_failures
def tables_are_as_built(
    context: dg.AssetCheckExecutionContext,
    settings: dg.ResourceParam[Settings],
    catalog: dg.ResourceParam[Catalog],
    object_store: dg.ResourceParam[ObjectStore],
    warehouse: dg.ResourceParam[Warehouse],
) -> dg.AssetCheckResult:
    """No table was changed since it was built, and none comes from another copy of the warehouse.

    Compares the warehouse's own marks and counts. The job `reconcile` compares row by row.
    """
    found = survey_tables(catalog, object_store, warehouse, deep=context.run.job_name == RECONCILE)
    return _judge(found, settings.home, catalog)


CHECKS: Final = (files_are_as_written, tables_are_as_built)


def _judge(found: Survey, home: Home, catalog: Catalog) -> dg.AssetCheckResult:
    take_note(home, catalog, found)
    lines = [f"{damage}; what to do: {damage.remedy}" for damage in found.damage]
    return dg.AssetCheckResult(
        passed=not found.damage,
        description=f"{len(found.damage)} are lost or damaged" if found.damage else "All are as they were written",
        metadata={"looked_at": found.looked_at, "lost_or_damaged": len(found.damage), **named(lines)},
    )
