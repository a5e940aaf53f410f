"""Report: `sales_dashboard`, the page for people, and `dbt_docs`, the meaning of every table and column."""

import time
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final

import dagster as dg

from bandcamp_assets.components.failures import plain_failures
from bandcamp_assets.components.metadata import columns_of_marts
from bandcamp_assets.dbt.docs import make_docs
from bandcamp_assets.dbt.manifest import load_manifest, models_tagged, project_vars
from bandcamp_assets.dbt.project import DbtWorkspace
from bandcamp_assets.defs.policies import REPORT_OWNERS, SINGLE_RUN, WAREHOUSE_POOL
from bandcamp_assets.deployment.deployment import current_deployment
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.report.dashboard.tables import MARTS
from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets.state.integrity.reading import describe
from bandcamp_assets.state.integrity.survey import is_as_written
from bandcamp_assets.state.ledger.ledger import take_ledger
from bandcamp_assets.state.plan import BuildState
from bandcamp_assets.storage.google_cloud.looker_studio import report_link
from bandcamp_assets.storage.objects import ObjectStore
from bandcamp_assets.storage.warehouse import Warehouse
from bandcamp_assets.system.disk import replace_file
from bandcamp_assets.system.scratch import scratch_folder

PACKED_NAMES: Final = "dashboard_names"
"""A mart that only the page can read."""


@dg.asset(
    deps=[*(dg.AssetKey(mart) for mart in MARTS), dg.AssetKey("ledger")],
    kinds={"html", "vega"},
    description="The page with the answers: what was sold, where, for how much, what fans pay beyond the asking "
    "price, and what sellers keep. One file that needs no network; `bandcamp dashboard` serves it.",
    group_name="report",
    owners=REPORT_OWNERS,
    pool=WAREHOUSE_POOL,
    backfill_policy=SINGLE_RUN,
)
@plain_failures
def sales_dashboard(
    context: dg.AssetExecutionContext,
    settings: dg.ResourceParam[Settings],
    catalog: dg.ResourceParam[Catalog],
    object_store: dg.ResourceParam[ObjectStore],
    warehouse: dg.ResourceParam[Warehouse],
    dbt: dg.ResourceParam[DbtWorkspace],
    build_state: dg.ResourceParam[BuildState],
) -> dg.MaterializeResult:
    """Read the marts and draw the page."""
    # Imported here, as the drawing packages take a while to load.
    from bandcamp_assets.report.dashboard.data import DashboardData, Provenance, read_marts
    from bandcamp_assets.report.dashboard.page import render_page
    from bandcamp_assets.report.dashboard.picture import picture
    from bandcamp_assets.report.dashboard.runtime import load_runtime

    started = time.perf_counter()
    made_from = build_state.dashboard_fingerprint()
    home = settings.home
    provenance = Provenance(
        run_id=context.run.run_id,
        made_at=datetime.now(UTC),
        place=warehouse.place,
        files=catalog.current_files(),
        ledger=take_ledger(home, catalog, object_store, warehouse),
        assumptions=project_vars(dbt),
    )
    data = DashboardData(read_marts(warehouse), provenance)
    page = render_page(data, load_runtime(home)).encode()
    with scratch_folder(home.scratch, "dashboard") as scratch:
        (scratch / "index.html").write_bytes(page)
        replace_file(scratch / "index.html", home.dashboard_page)
    catalog.record_contents([describe(home, home.dashboard_page)])
    build_state.record_dashboard(made_from)
    sales = data.marts["dashboard_sales"]
    return dg.MaterializeResult(
        metadata={
            **columns_of_marts(data.marts),
            "picture": dg.MetadataValue.md(picture(sales)),
            "address": dg.MetadataValue.url(settings.dashboard_url),
            "sales": int(sales["sales"].sum()),
            "amount_paid_usd": float(sales["revenue_usd"].sum() or 0),
            "holds": provenance.ledger.holds,
            "dagster/size_bytes": len(page),
            "dagster/row_count": sales.height,
            "seconds": round(time.perf_counter() - started, 3),
        }
    )


@dg.asset(
    kinds={"html", "dbt"},
    description="What every table and column means, where it comes from and how it is tested: dbt's "
    "documentation as one page.",
    group_name="report",
    owners=REPORT_OWNERS,
    pool=WAREHOUSE_POOL,
    backfill_policy=SINGLE_RUN,
)
@plain_failures
def dbt_docs(
    settings: dg.ResourceParam[Settings],
    catalog: dg.ResourceParam[Catalog],
    warehouse: dg.ResourceParam[Warehouse],
    dbt: dg.ResourceParam[DbtWorkspace],
    build_state: dg.ResourceParam[BuildState],
) -> dg.MaterializeResult:
    """Make the page, unless the present one matches the dbt project."""
    home, page = settings.home, settings.home.docs_page
    # It changes with the models, not with the sales. Runs every few minutes need not make it again.
    made = not (is_as_written(home, catalog, page) and build_state.documents_models())
    if made:
        with scratch_folder(home.scratch, "docs") as scratch, warehouse.access():
            make_docs(dbt, load_manifest(dbt), scratch / "index.html")
            replace_file(scratch / "index.html", page)
        catalog.record_contents([describe(home, page)])
        build_state.record_docs()
    return dg.MaterializeResult(
        metadata={
            "address": dg.MetadataValue.url(f"{settings.dashboard_url}dbt_docs/"),
            "dagster/size_bytes": page.stat().st_size,
            "rebuilt": made,
        }
    )


@dg.definitions
def report() -> dg.Definitions:
    """Both pages, with metadata from the dbt project and the deployment."""
    deployment = current_deployment()
    marts = models_tagged(load_manifest(deployment.dbt), "marts")
    links = _report_links(deployment.settings, marts)
    return dg.Definitions(
        assets=[
            sales_dashboard.map_asset_specs(lambda spec: spec.merge_attributes(metadata=links)),
            dbt_docs.map_asset_specs(lambda spec: spec.merge_attributes(deps=marts)),
        ]
    )


def _report_links(settings: Settings, marts: Collection[str]) -> dict[str, dg.MetadataValue]:
    """A link with which a person can make a report of the marts, without the names packed for the page."""
    place, tables = settings.google_cloud, set(marts) - {PACKED_NAMES}
    return {"looker_studio": dg.MetadataValue.url(report_link(place, tables))} if place else {}
