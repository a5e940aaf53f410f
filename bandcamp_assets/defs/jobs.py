"""The jobs that people, schedules and sensors start."""

from typing import Final

import dagster as dg

from bandcamp_assets.components.failures import plain_failures
from bandcamp_assets.defs.checks import at_rest, data_package, landing, layers
from bandcamp_assets.defs.policies import LAKE_POOL, RECONCILE
from bandcamp_assets.defs.selections import AFTER_DAYS, BY_DAY, FEED, LANDING, REFERENCE
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.lake.retention import remove_unknown
from bandcamp_assets.state.catalog import Catalog

POLL: Final = {"ops": {"feed_pages": {"config": {"poll": True}}}}
"""The configuration of a run that polls the feed."""

KEPT_RUNS: Final = 200
"""How many of the latest runs are kept, however old they are."""

everything = dg.define_asset_job(
    "everything",
    selection=dg.AssetSelection.all(),
    description="Lands the configured source and builds every asset for the days of the run.",
)

poll_feed = dg.define_asset_job(
    "poll_feed",
    selection=FEED | dg.AssetSelection.assets("staged_sales", "rejected_sales"),
    config=POLL,
    description="Polls the live feed once, and stages what is new.",
)

land = dg.define_asset_job("land", selection=LANDING, description="Lands and stages what is new.")

build = dg.define_asset_job(
    "build",
    selection=REFERENCE | BY_DAY | AFTER_DAYS,
    description="Builds days that are landed and staged, and what comes before and after them.",
)

rebuild_marts = dg.define_asset_job(
    "rebuild_marts",
    selection=AFTER_DAYS,
    description="Builds everything that comes after the days: the marts and the report.",
)

reconcile = dg.define_asset_job(
    RECONCILE,
    # Without the tests of dbt, which run with their models.
    selection=dg.AssetSelection.checks(*landing.CHECKS, *layers.CHECKS, *at_rest.CHECKS, *data_package.CHECKS)
    | dg.AssetSelection.assets("ledger"),
    description="Counts every layer over all days and compares every byte: runs every check, and makes the"
    " ledger.",
)


@dg.op(pool=LAKE_POOL)
@plain_failures
def remove_what_is_out_of_date(
    context: dg.OpExecutionContext, settings: dg.ResourceParam[Settings], catalog: dg.ResourceParam[Catalog]
) -> None:
    """Delete staged files that the catalog no longer knows, and old runs that nothing needs any more."""
    # Imported here: it needs the libraries of Dagster's storage, which would slow down loading the graph.
    from bandcamp_assets.system.instance.retention import prune_runs

    removed = remove_unknown(settings.home.lake, catalog.staged_files())
    pruned = prune_runs(context.instance, settings.keep_runs_days, KEPT_RUNS)
    context.log.info(
        f"Removed {len(removed)} files of withdrawn rows and {len(pruned.deleted)} runs; "
        f"{pruned.kept_for_assets} older runs stay, as they hold the latest event of an asset or day"
    )


@dg.job(description="Deletes staged files of withdrawn raw files, and runs that are too old.")
def clean_up() -> None:
    """Retention."""
    remove_what_is_out_of_date()
