"""Schedules for what sensors do not see: marts anew every day, everything counted every week, old things gone.

Each is cheap, and safe beside all else; a tick that was missed because the daemon was off is not made up for.
"""

import dagster as dg

from bandcamp_assets.defs import jobs
from bandcamp_assets.defs.backoff import AUTOMATION_TAG
from bandcamp_assets.defs.checks.at_rest import RECONCILE
from bandcamp_assets.state.catalog import Catalog, Layer

TIMES = {"rebuild_marts": "0 3 * * *", "clean_up": "0 4 * * *", RECONCILE: "0 5 * * 0"}
"""When each job begins (cron, UTC): marts at 03:00, retention at 04:00, reconciliation on Sundays at 05:00."""


@dg.definitions
def upkeep() -> dg.Definitions:
    """A schedule for each of these jobs."""
    return dg.Definitions(schedules=[_schedule(name, cron) for name, cron in TIMES.items()])


def _schedule(name: str, cron: str) -> dg.ScheduleDefinition:
    job = getattr(jobs, name)

    @dg.schedule(
        name=f"{name}_schedule",
        job=job,
        cron_schedule=cron,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=job.description,
    )
    def regularly(
        _context: dg.ScheduleEvaluationContext, catalog: dg.ResourceParam[Catalog]
    ) -> dg.SkipReason | dg.RunRequest:
        if not catalog.content(Layer.FACT):
            return dg.SkipReason("Nothing has been built yet")
        return dg.RunRequest(tags={AUTOMATION_TAG: name})

    return regularly
