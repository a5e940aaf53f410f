"""The one sensor that tells people of faults. It asks for no run, and a target that is down does not make it fail.

It reads all ends of runs, rather than being one of Dagster's run failure sensors: those are called once for each
run, keep no state of ours, and know neither of checks that only warn nor of what passes again.
"""

import time
from collections.abc import Sequence

import dagster as dg

from bandcamp_assets.alerts.conditions import (
    CLOSED_INBOX,
    FEED_GAP,
    OVERDUE,
    closed_inbox_faults,
    feed_gap_faults,
    overdue_faults,
)
from bandcamp_assets.alerts.fault import Fault
from bandcamp_assets.alerts.state import AlertState
from bandcamp_assets.defs.run_faults import ended_runs, scopes_without_days, what_happened
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.landing.refusals import files_waiting_in_vain
from bandcamp_assets.sources.feed import PageStore, coverage
from bandcamp_assets.sources.inbox import Inboxes
from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets.system.errors import PlatformError


@dg.sensor(
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells people of failed runs, checks that do not pass, overdue assets, and when they recover. "
    "The settings BANDCAMP_ALERT… say whom.",
)
def alerts(
    context: dg.SensorEvaluationContext,
    settings: dg.ResourceParam[Settings],
    catalog: dg.ResourceParam[Catalog],
    inboxes: dg.ResourceParam[Inboxes],
) -> dg.SensorResult:
    """Look what is wrong, and tell what is new."""
    now, state, seen = time.time(), _remembered(context), 0
    runs = ended_runs(context.instance, state.read_from, state.read)
    dayless = scopes_without_days(context.repository_def) if runs else ()
    for run, ended in runs:
        happened = what_happened(context.instance, run, ended, dayless)
        seen += state.take(happened, run.run_id, ended, settings.alerts, now)
    standing = _closed_inbox(inboxes, catalog, now) | _feed_gaps(settings, now)
    standing[OVERDUE] = overdue_faults(_freshness(context), now)
    done = state.tell(standing, settings.alerts, context.log, now)
    return dg.SensorResult(
        skip_reason=f"{f'{seen} new faults' if seen else 'nothing new'}; {done}", cursor=state.to_cursor()
    )


def _remembered(context: dg.SensorEvaluationContext) -> AlertState:
    """What the last tick left; at the first one, all that happened before counts as known."""
    try:
        return AlertState.from_cursor(context.cursor)
    except ValueError:
        context.log.warning("The sensor begins anew, as its cursor was written by another version")
        return AlertState()


def _freshness(context: dg.SensorEvaluationContext) -> dict[str, str]:
    """What Dagster's freshness daemon last said of the assets that have a freshness policy.

    Where an asset and what is made from it have the same policy, only the last one counts: one fault makes all of
    them overdue at once.
    """
    graph = context.repository_def.asset_graph if context.repository_def else None
    nodes = [graph.get(key) for key in graph.materializable_asset_keys] if graph else []
    policies = {node.key: node.freshness_policy for node in nodes if node.freshness_policy}
    last = [node for node in nodes if policies.get(node.key) not in map(policies.get, node.child_keys)]
    keys = [node.key for node in last if node.key in policies]
    records = context.instance.get_freshness_state_records(keys) if keys else {}
    return {key.to_user_string(): record.freshness_state.value for key, record in records.items()}


def _closed_inbox(inboxes: Inboxes, catalog: Catalog, now: float) -> dict[str, Sequence[Fault]]:
    try:
        waiting = files_waiting_in_vain(inboxes.all, catalog)
    except PlatformError:
        return {}  # the inbox cannot be looked at: runs tell of that
    return {CLOSED_INBOX: closed_inbox_faults(waiting, now)}


def _feed_gaps(settings: Settings, now: float) -> dict[str, Sequence[Fault]]:
    if not settings.feed:
        return {}
    gaps = coverage(PageStore(settings.home.feed).windows()).gaps
    return {FEED_GAP: feed_gap_faults([(float(gap.start_date), float(gap.end_date)) for gap in gaps], now)}
