"""The schedule that polls the live feed. It is off unless the settings switch the feed on."""

from datetime import UTC, datetime

import dagster as dg

from bandcamp_assets.defs import jobs
from bandcamp_assets.defs.backoff import AT_WORK, AUTOMATION_TAG
from bandcamp_assets.deployment.deployment import current_deployment
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.sources.feed import PageStore

CRON = "*/2 * * * *"
"""The feed has a lag of about two minutes, and one page holds all sales of two minutes."""


@dg.definitions
def live_feed_schedule() -> dg.Definitions:
    """The schedule that polls every two minutes: one poll at a time, and none while the server wants a pause."""
    is_on = current_deployment().settings.feed

    @dg.schedule(
        job=jobs.poll_feed,
        cron_schedule=CRON,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING if is_on else dg.DefaultScheduleStatus.STOPPED,
        description="Polls Bandcamp's live feed of sales. Off unless BANDCAMP_FEED=on.",
    )
    def live_feed(
        context: dg.ScheduleEvaluationContext, settings: dg.ResourceParam[Settings]
    ) -> dg.SkipReason | dg.RunRequest:
        come_back_at = PageStore(settings.home.feed).come_back_at
        if come_back_at and datetime.now(UTC) < come_back_at:
            return dg.SkipReason(f"The server has asked for a pause until {come_back_at:%H:%M:%S} UTC")
        if context.instance.get_runs_count(dg.RunsFilter(job_name=jobs.poll_feed.name, statuses=AT_WORK)):
            return dg.SkipReason("The last poll has not ended yet")
        return dg.RunRequest(run_config=jobs.POLL, tags={AUTOMATION_TAG: "live_feed"})

    return dg.Definitions(schedules=[live_feed])
