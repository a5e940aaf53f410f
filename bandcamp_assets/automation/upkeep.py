"""Schedules for what sensors do not see: marts anew every day, everything counted every week, old things gone.

Each is cheap, and safe beside all else; a tick that was missed because the daemon was off is not made up for.
"""

from collections.abc import Sequence

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from bandcamp_assets.assets.checks import CHECKS, RECONCILE
from bandcamp_assets.assets.common import LAKE_POOL
from bandcamp_assets.assets.parts import Parts
from bandcamp_assets.automation.turns import AUTOMATION_TAG
from bandcamp_assets.catalog import Catalog, Layer
from bandcamp_assets.lake.retention import remove_unknown
from bandcamp_assets.settings import Settings

KEPT_RUNS = 200
"""So many of the latest runs are kept, however old."""

REPORT = dg.AssetKey("ledger")


def build_jobs(parts: Parts) -> list[UnresolvedAssetJobDefinition | dg.JobDefinition]:
    """The jobs that the schedules start; each can be started by hand as well."""
    return [
        dg.define_asset_job(
            "rebuild_marts",
            selection=dg.AssetSelection.assets(*parts.after_days),
            description="Builds everything that comes after the days: the marts and the report.",
        ),
        dg.define_asset_job(
            RECONCILE,
            # Not dbt's tests: they run with the models they are of.
            selection=dg.AssetSelection.checks(*CHECKS) | dg.AssetSelection.assets(REPORT),
            description="Counts every layer anew, over all days, and compares every byte: runs every check,"
            " and makes the ledger.",
        ),
        clean_up,
    ]


@dg.op(pool=LAKE_POOL)
def remove_what_is_out_of_date(
    context: dg.OpExecutionContext, settings: dg.ResourceParam[Settings], catalog: dg.ResourceParam[Catalog]
) -> None:
    """Delete staged files that the catalog no longer knows, and old runs that hold nothing of value."""
    # Imported here: it looks into Dagster's storage, whose libraries the graph need not wait for.
    from bandcamp_assets.instance.retention import prune_runs

    removed = remove_unknown(settings.home.lake, catalog.staged_files())
    pruned = prune_runs(context.instance, settings.keep_runs_days, KEPT_RUNS)
    context.log.info(
        f"Removed {len(removed)} files of withdrawn rows and {len(pruned.deleted)} runs; "
        f"{pruned.kept_for_assets} older runs stay, as they hold the latest of some asset or day"
    )


@dg.job(description="Deletes staged files of withdrawn raw files, and runs that are too old.")
def clean_up() -> None:
    """Retention."""
    remove_what_is_out_of_date()


def build_schedules(
    jobs: Sequence[UnresolvedAssetJobDefinition | dg.JobDefinition], catalog: Catalog
) -> list[dg.ScheduleDefinition]:
    """Marts at 03:00, retention at 04:00, reconciliation on Sundays at 05:00, all UTC."""
    by_name = {job.name: job for job in jobs}
    return [
        _schedule(by_name["rebuild_marts"], "0 3 * * *", catalog),
        _schedule(by_name["clean_up"], "0 4 * * *", catalog),
        _schedule(by_name[RECONCILE], "0 5 * * 0", catalog),
    ]


def _schedule(
    job: UnresolvedAssetJobDefinition | dg.JobDefinition, cron: str, catalog: Catalog
) -> dg.ScheduleDefinition:
    @dg.schedule(
        name=f"{job.name}_schedule",
        job=job,
        cron_schedule=cron,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=job.description,
    )
    def regularly(_context: dg.ScheduleEvaluationContext) -> dg.SkipReason | dg.RunRequest:
        if not catalog.content(Layer.FACT):
            return dg.SkipReason("Nothing has been built yet")
        return dg.RunRequest(tags={AUTOMATION_TAG: job.name})

    return regularly
