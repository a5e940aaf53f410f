"""All rules of a deployment, put together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import dagster as dg

from bandcamp_assets.alerts import closed_inboxes, feed_gaps
from bandcamp_assets.alerts.fault import Fault
from bandcamp_assets.alerts.sensor import FaultSource, build_alert_sensor
from bandcamp_assets.assets.jobs import JOBS
from bandcamp_assets.assets.parts import Parts
from bandcamp_assets.automation import upkeep
from bandcamp_assets.automation.archive import build_archive_sensor
from bandcamp_assets.automation.building import build_changes_sensor
from bandcamp_assets.automation.drops import build_drop_sensor
from bandcamp_assets.automation.feed import build_feed_schedule
from bandcamp_assets.errors import PlatformError
from bandcamp_assets.feed import PageStore, coverage
from bandcamp_assets.instance.crashes import build_crashed_run_sensor
from bandcamp_assets.integrity.damage import Survey
from bandcamp_assets.integrity.survey import survey_derived
from bandcamp_assets.landing.refusals import files_waiting_in_vain
from bandcamp_assets.landing.restoring import must_be_restored
from bandcamp_assets.planning import BuildState, Plan
from bandcamp_assets.platform import Platform
from bandcamp_assets.settings import Settings


def build_automation(platform: Platform, definitions: dg.Definitions, state: BuildState) -> dg.Definitions:
    """The sensors and schedules over a whole graph, which ask `state` what is left to do."""
    parts = Parts.of(definitions)

    def left_to_do(found: Survey) -> Plan:
        # Before anything has landed there is nothing that marts could be made of, and landing makes a lost catalog
        # anew.
        is_empty = (
            must_be_restored(platform.settings.home, platform.catalog) or not platform.catalog.staged_files()
        )
        return Plan([], reference=False, marts=False) if is_empty else state.plan(survey=found)

    def look() -> Survey:
        catalog = platform.catalog
        if must_be_restored(platform.settings.home, catalog):
            return Survey()
        found = survey_derived(platform.settings.home, catalog, platform.object_store)
        if found.files or found.objects:
            # What was looked at once, byte by byte, is not so at every tick.
            catalog.record_contents(found.files, found.objects)
        return found

    jobs = {job.name: job for job in JOBS}
    upkeep_jobs = upkeep.build_jobs(parts)
    return dg.Definitions(
        jobs=upkeep_jobs,
        sensors=[
            build_drop_sensor(platform, jobs["land"]),
            build_archive_sensor(),
            build_changes_sensor(parts, left_to_do, look),
            build_crashed_run_sensor(),
            build_alert_sensor(platform.settings.alerts, _fault_sources(platform)),
        ],
        schedules=[
            build_feed_schedule(platform.settings, jobs["poll_feed"]),
            *upkeep.build_schedules(upkeep_jobs, platform.catalog),
        ],
    )


def _fault_sources(platform: Platform) -> list[FaultSource]:
    def closed(_context: dg.SensorEvaluationContext) -> Sequence[Fault]:
        try:
            in_vain = files_waiting_in_vain(platform.inboxes.all, platform.catalog)
        except PlatformError:
            return []  # the inbox cannot be looked at: runs tell of that
        return closed_inboxes.closed_inbox_faults(in_vain, datetime.now(UTC))

    sources = [FaultSource(closed_inboxes.SOURCE, closed)]
    return [*sources, _feed_gaps(platform.settings)] if platform.settings.feed else sources


def _feed_gaps(settings: Settings) -> FaultSource:
    def gaps(_context: dg.SensorEvaluationContext) -> Sequence[Fault]:
        covered = coverage(PageStore(settings.home.feed).windows())
        lost = [(_time(gap.start_date), _time(gap.end_date)) for gap in covered.gaps]
        return feed_gaps.feed_gap_faults(lost, datetime.now(UTC))

    return FaultSource(feed_gaps.SOURCE, gaps)


def _time(seconds: object) -> datetime:
    return datetime.fromtimestamp(float(str(seconds)), UTC)
