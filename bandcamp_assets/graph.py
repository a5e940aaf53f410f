"""The asset graph of a platform: its assets, checks, resources and executor as one `Definitions`."""

from __future__ import annotations

import dagster as dg

from bandcamp_assets.assets import checks, lake, landing, ledger, objects, warehouse
from bandcamp_assets.assets.common import DAYS, WAREHOUSE_POOL
from bandcamp_assets.assets.jobs import JOBS
from bandcamp_assets.dbt.assets import build_dbt_assets
from bandcamp_assets.platform import Platform
from bandcamp_assets.presentation.models import describe_model


def build_definitions(platform: Platform, *, console: dg.LoggerDefinition | None = None) -> dg.Definitions:
    """Assemble the graph.

    Args:
        platform: The parts of the deployment.
        console: What prints the events of runs in this process; Dagster's own console if not given.

    Raises:
        PlatformError: If the dbt manifest is missing or stale.
    """
    python_assets = [
        landing.raw_sales,
        lake.stage,
        lake.clean,
        objects.sales_objects,
        warehouse.sales,
        ledger.ledger,
    ]
    state = platform.build_state()
    dbt_assets = build_dbt_assets(
        platform.dbt,
        platform.warehouse,
        DAYS,
        pool=WAREHOUSE_POOL,
        describe=describe_model,
        on_reference_built=state.record_reference,
        on_fact_built=state.record_fact,
        on_marts_built=state.record_marts,
    )
    return dg.Definitions(
        assets=[*dg.with_source_code_references(python_assets), *dbt_assets],
        asset_checks=checks.CHECKS,
        jobs=JOBS,
        resources=platform.resources(),
        # A process for each step costs seconds a step; one process does the whole graph in a few.
        executor=dg.in_process_executor,
        loggers={"console": console} if console else None,
    )
