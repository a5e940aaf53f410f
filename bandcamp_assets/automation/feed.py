"""The schedule that polls the live feed. Off unless the settings switch the feed on."""

from __future__ import annotations

from datetime import UTC, datetime

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from bandcamp_assets.assets.jobs import POLL
from bandcamp_assets.automation.turns import AT_WORK, AUTOMATION_TAG
from bandcamp_assets.feed import PageStore
from bandcamp_assets.settings import Settings

NAME = "live_feed"
CRON = "*/2 * * * *"
"""The feed runs about two minutes behind, and one page holds all of such a stretch."""


def build_feed_schedule(settings: Settings, job: UnresolvedAssetJobDefinition) -> dg.ScheduleDefinition:
    """The schedule that runs `job` every two minutes.

    One poll at a time; and none before the server wants to be asked again.
    """

    @dg.schedule(
        name=NAME,
        job=job,
        cron_schedule=CRON,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING if settings.feed else dg.DefaultScheduleStatus.STOPPED,
        description="Polls Bandcamp's live feed of sales. Off unless BANDCAMP_FEED=on.",
    )
    def live_feed(context: dg.ScheduleEvaluationContext) -> dg.SkipReason | dg.RunRequest:
        come_back_at = PageStore(settings.home.feed).come_back_at
        if come_back_at and datetime.now(UTC) < come_back_at:
            return dg.SkipReason(f"The server has asked not to be asked before {come_back_at:%H:%M:%S} UTC")
        if context.instance.get_runs_count(dg.RunsFilter(job_name=job.name, statuses=AT_WORK)):
            return dg.SkipReason("The last poll has not ended yet")
        return dg.RunRequest(run_config=POLL, tags={AUTOMATION_TAG: NAME})

    return live_feed
