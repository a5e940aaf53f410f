"""Schedules for upkeep: rebuild the marts every day, count everything every week, delete what is out of date.

Each job is cheap and can run beside any other. A tick that was missed while the daemon was off is skipped.
"""

import dagster as dg

from bandcamp_assets.defs import jobs
from bandcamp_assets.defs.backoff import AUTOMATION_TAG
from bandcamp_assets.defs.policies import RECONCILE
from bandcamp_assets.state.catalog import Catalog, Layer

TIMES = {"rebuild_marts": "0 3 * * *", "clean_up": "0 4 * * *", RECONCILE: "0 5 * * 0"}
"""When each job starts (cron, UTC): marts at 03:00, retention at 04:00, reconciliation on Sundays at 05:00."""


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
