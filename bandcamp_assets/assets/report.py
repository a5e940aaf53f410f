"""Report: `sales_dashboard`, the page that people open, and `dbt_docs`, what every table and column means."""

import time
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import dagster as dg

from bandcamp_assets.assets.common import OWNERS, SINGLE_RUN, WAREHOUSE_POOL
from bandcamp_assets.catalog import Catalog
from bandcamp_assets.dbt.docs import make_docs
from bandcamp_assets.dbt.manifest import project_vars
from bandcamp_assets.dbt.project import DbtWorkspace
from bandcamp_assets.disk import replace_file
from bandcamp_assets.home import Home
from bandcamp_assets.integrity.reading import describe
from bandcamp_assets.integrity.survey import is_as_written
from bandcamp_assets.objects import ObjectStore
from bandcamp_assets.presentation.metadata import usd
from bandcamp_assets.reconciliation.ledger import take_ledger
from bandcamp_assets.scratch import scratch_folder
from bandcamp_assets.settings import Settings
from bandcamp_assets.warehouse import Warehouse

DASHBOARD = "sales_dashboard"

DOCS = "dbt_docs"


def build_dashboard(
    workspace: DbtWorkspace,
    marts: Collection[str],
    fingerprint: Callable[[], str],
    on_built: Callable[[str], None],
) -> dg.AssetsDefinition:
    """Make the asset of the dashboard.

    Args:
        workspace: The dbt project, whose vars the page assumes.
        marts: What the page is made from: the exposure of its name in the dbt project.
        fingerprint: What the page would be made from now.
        on_built: Called with that once the page stands.
    """

    @dg.asset(
        name=DASHBOARD,
        deps=[*(dg.AssetKey(mart) for mart in marts), dg.AssetKey("ledger")],
        kinds={"html", "vega"},
        description="The page that answers: what was sold, where, for how much, what fans pay beyond the asking "
        "price, and what is left to those who sell. One file, offline; `bandcamp dashboard` serves it.",
        group_name="report",
        owners=OWNERS,
        pool=WAREHOUSE_POOL,
        backfill_policy=SINGLE_RUN,
    )
    def sales_dashboard(
        context: dg.AssetExecutionContext,
        settings: dg.ResourceParam[Settings],
        catalog: dg.ResourceParam[Catalog],
        object_store: dg.ResourceParam[ObjectStore],
        warehouse: dg.ResourceParam[Warehouse],
    ) -> dg.MaterializeResult:
        # Imported here: it draws with packages that take a while to load.
        from bandcamp_assets.dashboard.data import DashboardData, Provenance, read_marts
        from bandcamp_assets.dashboard.page import render_page
        from bandcamp_assets.dashboard.picture import picture
        from bandcamp_assets.dashboard.runtime import load_runtime

        started = time.perf_counter()
        made_from = fingerprint()
        home = settings.home
        provenance = Provenance(
            run_id=context.run.run_id,
            made_at=datetime.now(UTC),
            place=warehouse.place,
            files=catalog.current_files(),
            ledger=take_ledger(home, catalog, object_store, warehouse),
            assumptions=project_vars(workspace),
        )
        data = DashboardData(read_marts(warehouse), provenance)
        page = render_page(data, load_runtime(home)).encode()
        with scratch_folder(home.scratch, "dashboard") as scratch:
            (scratch / "index.html").write_bytes(page)
            replace_file(scratch / "index.html", home.dashboard_page)
        catalog.record_contents([describe(home, home.dashboard_page)])
        on_built(made_from)
        sales = data.marts["dashboard_sales"]
        return dg.MaterializeResult(
            metadata={
                "picture": picture(sales),
                "path": dg.MetadataValue.path(home.dashboard_page),
                "address": dg.MetadataValue.url(settings.dashboard_url),
                "sales": int(sales["sales"].sum()),
                "amount_paid_usd": usd(Decimal(sales["revenue_usd"].sum() or 0)),
                "holds": provenance.ledger.holds,
                "bytes": len(page),
                "rows_in_the_page": sales.height,
                "seconds": round(time.perf_counter() - started, 3),
            }
        )

    return sales_dashboard


def build_docs(
    workspace: DbtWorkspace,
    manifest: Mapping[str, Any],
    models: Collection[str],
    is_current: Callable[[], bool],
    on_built: Callable[[], None],
) -> dg.AssetsDefinition:
    """Make the asset of the documentation.

    Args:
        workspace: The dbt project, prepared.
        manifest: Its manifest.
        models: The models that it is made after.
        is_current: Whether the page that was made last, if it is still there, is of the project as it is.
        on_built: Called once the page stands.
    """

    @dg.asset(
        name=DOCS,
        deps=[dg.AssetKey(model) for model in models],
        kinds={"html", "dbt"},
        description="What every table and column means, where it comes from and how it is tested: dbt's "
        "documentation as one page.",
        group_name="report",
        owners=OWNERS,
        pool=WAREHOUSE_POOL,
        backfill_policy=SINGLE_RUN,
    )
    def dbt_docs(
        settings: dg.ResourceParam[Settings],
        catalog: dg.ResourceParam[Catalog],
        warehouse: dg.ResourceParam[Warehouse],
    ) -> dg.MaterializeResult:
        page = settings.home.docs_page
        # It changes with the models, not with the sales: runs of every few minutes need not make it anew.
        made = not (is_as_written(settings.home, catalog, page) and is_current())
        if made:
            _write_docs(settings.home, warehouse)
            catalog.record_contents([describe(settings.home, page)])
            on_built()
        return dg.MaterializeResult(
            metadata={
                "path": dg.MetadataValue.path(page),
                "address": dg.MetadataValue.url(f"{settings.dashboard_url}dbt_docs/"),
                "bytes": page.stat().st_size,
                "made_anew": made,
            }
        )

    def _write_docs(home: Home, warehouse: Warehouse) -> None:
        with scratch_folder(home.scratch, "docs") as scratch, warehouse.access():
            make_docs(workspace, manifest, scratch / "index.html")
            replace_file(scratch / "index.html", home.docs_page)

    return dbt_docs
