"""Report: `ledger`, which shows in one table that no row is lost or invented."""

import dagster as dg
import polars as pl

from bandcamp_assets.components.failures import plain_failures
from bandcamp_assets.components.metadata import table
from bandcamp_assets.defs.assets.cleaning import DUPLICATES
from bandcamp_assets.defs.assets.staging import REJECTED
from bandcamp_assets.defs.io_managers import PARQUET
from bandcamp_assets.defs.policies import OWNERS, RECONCILE, SINGLE_RUN, WAREHOUSE_POOL
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets.state.integrity.tables import keep_marks
from bandcamp_assets.state.ledger.ledger import take_ledger
from bandcamp_assets.state.plan import ledger_fingerprint
from bandcamp_assets.storage.objects import ObjectStore
from bandcamp_assets.storage.warehouse import Warehouse
from bandcamp_assets.storage.warehouse.marks import FACT


@dg.asset(
    deps=[REJECTED, DUPLICATES, dg.AssetKey(FACT)],
    group_name="report",
    kinds={"polars", "parquet"},
    owners=OWNERS,
    io_manager_key=PARQUET,
    pool=WAREHOUSE_POOL,
    backfill_policy=SINGLE_RUN,
)
@plain_failures
def ledger(
    context: dg.AssetExecutionContext,
    settings: dg.ResourceParam[Settings],
    catalog: dg.ResourceParam[Catalog],
    object_store: dg.ResourceParam[ObjectStore],
    warehouse: dg.ResourceParam[Warehouse],
) -> dg.MaterializeResult[pl.DataFrame]:
    """Every layer side by side: rows and US dollars of all days, counted from the data itself.

    What has not changed since it was counted is not read again, except by the job `reconcile`.
    """
    counted = ledger_fingerprint(catalog)
    anew = context.run.job_name == RECONCILE
    taken = take_ledger(settings.home, catalog, object_store, warehouse, anew=anew)
    keep_marks(catalog, warehouse, {day for day in taken.days if taken.agrees(day)})
    fact = taken.total(FACT)
    return dg.MaterializeResult(
        value=taken.table(),
        metadata={
            "made_from": counted,
            "holds": taken.holds,
            "raw_rows": taken.raw_rows,
            "sales": fact.rows,
            "duplicates": taken.total("duplicates").rows,
            "rejected": taken.rejected_measured,
            "amount_paid_usd": float(fact.total_usd),
            "delivered_usd": float(fact.amount_paid_usd),
            "estimated_usd": float(fact.estimated_usd),
            "estimated_sales": fact.estimated_rows,
            "dagster/row_count": len(taken.days),
            "ledger": table(taken.table().reverse().head(100)),
        },
    )
