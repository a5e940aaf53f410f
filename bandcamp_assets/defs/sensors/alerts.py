"""The sensor that tells people of faults, and what can stand wrong without any run."""

from collections.abc import Sequence
from datetime import UTC, datetime

import dagster as dg

from bandcamp_assets.alerts import closed_inboxes, feed_gaps
from bandcamp_assets.alerts.fault import Fault
from bandcamp_assets.alerts.sensor import FaultSource, build_alert_sensor
from bandcamp_assets.deployment.deployment import Deployment, current_deployment
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.landing.refusals import files_waiting_in_vain
from bandcamp_assets.sources.feed import PageStore, coverage
from bandcamp_assets.system.errors import PlatformError


@dg.definitions
def alerts() -> dg.Definitions:
    """The sensor, which says where it goes."""
    deployment = current_deployment()
    return dg.Definitions(sensors=[build_alert_sensor(deployment.settings.alerts, _fault_sources(deployment))])


def _fault_sources(deployment: Deployment) -> list[FaultSource]:
    def closed(_context: dg.SensorEvaluationContext) -> Sequence[Fault]:
        try:
            in_vain = files_waiting_in_vain(deployment.inboxes.all, deployment.catalog)
        except PlatformError:
            return []  # the inbox cannot be looked at: runs tell of that
        return closed_inboxes.closed_inbox_faults(in_vain, datetime.now(UTC))

    sources = [FaultSource(closed_inboxes.SOURCE, closed)]
    return [*sources, _feed_gaps(deployment.settings)] if deployment.settings.feed else sources


def _feed_gaps(settings: Settings) -> FaultSource:
    def gaps(_context: dg.SensorEvaluationContext) -> Sequence[Fault]:
        covered = coverage(PageStore(settings.home.feed).windows())
        lost = [(_time(gap.start_date), _time(gap.end_date)) for gap in covered.gaps]
        return feed_gaps.feed_gap_faults(lost, datetime.now(UTC))

    return FaultSource(feed_gaps.SOURCE, gaps)


def _time(seconds: object) -> datetime:
    return datetime.fromtimestamp(float(str(seconds)), UTC)
