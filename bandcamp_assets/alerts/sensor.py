"""The one sensor that tells people of faults. It asks for no run; a target that is down does not make it fail.

A plain sensor over the ends of runs, rather than one of Dagster's run status sensors: those are called once for
each run, keep no state of ours, and know neither of checks that only warn nor of what passes again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import dagster as dg

from bandcamp_assets.alerts import freshness
from bandcamp_assets.alerts.fault import Fault, Passed
from bandcamp_assets.alerts.message import Wording
from bandcamp_assets.alerts.run_ends import at_the_end
from bandcamp_assets.alerts.run_faults import read_runs, scopes_without_days
from bandcamp_assets.alerts.settings import AlertSettings
from bandcamp_assets.alerts.state import AlertState, UnreadableCursor
from bandcamp_assets.alerts.targets import build_targets

NAME = "alerts"
INTERVAL_SECONDS = 30
_HOUR = 3_600.0


@dataclass(frozen=True)
class FaultSource:
    """Something that can stand wrong without any run.

    Attributes:
        name: What the scopes of its faults begin with, before a colon.
        read: All that stands wrong now. What it no longer names counts as mended.
    """

    name: str
    read: Callable[[dg.SensorEvaluationContext], Sequence[Fault]]


OVERDUE = FaultSource(freshness.SOURCE, freshness.overdue_assets)


def build_alert_sensor(settings: AlertSettings, sources: Sequence[FaultSource] = ()) -> dg.SensorDefinition:
    """The sensor that tells of failed runs, of checks that do not pass, of overdue assets, and what else is named.

    Args:
        settings: Where alerts go.
        sources: What can stand wrong, beside runs and freshness policies.
    """

    @dg.sensor(
        name=NAME,
        minimum_interval_seconds=INTERVAL_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Tells people of failed runs, checks that do not pass, overdue assets, and when they recover. "
        f"Goes to: {', '.join(settings.targets) or 'nobody'}.",
    )
    def alerts(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        return _tick(context, settings, [OVERDUE, *sources])

    return alerts


def _tick(
    context: dg.SensorEvaluationContext, settings: AlertSettings, sources: Sequence[FaultSource]
) -> dg.SensorResult:
    now, repeat_seconds = time.time(), settings.repeat_hours * _HOUR
    wording = Wording(settings.ui_url, settings.secrets)
    state = _remembered(context)
    happened = [wording.masked(item) if isinstance(item, Fault) else item for item in _new_in_runs(context, state)]
    for item in happened:
        if isinstance(item, Fault):
            state.gate.see(item, now, repeat_seconds)
        else:
            state.gate.passes(item)
    for source in sources:
        standing = [wording.masked(fault) for fault in source.read(context)]
        state.gate.stands(source.name, standing, now, repeat_seconds)
    targets = build_targets(settings, context.log)
    messages = state.gate.messages(wording, now)
    state.outbox.put(messages, targets)
    failed = state.outbox.deliver(targets, now)
    for reason in failed.values():
        context.log.warning("An alert could not be delivered and will be tried again: %s", reason)
    return dg.SensorResult(
        skip_reason=_summary(sum(isinstance(item, Fault) for item in happened), len(messages), state, failed),
        cursor=state.to_cursor(),
    )


def _remembered(context: dg.SensorEvaluationContext) -> AlertState:
    """What the last tick left; at the first one, all that happened before counts as known."""
    if context.cursor:
        try:
            return AlertState.from_cursor(context.cursor)
        except UnreadableCursor as error:
            context.log.warning("Beginning anew, as the cursor is of another version: %s", error)
    return AlertState(at_the_end(context.instance))


def _new_in_runs(context: dg.SensorEvaluationContext, state: AlertState) -> list[Fault | Passed]:
    repository = context.repository_def
    happened, state.position = read_runs(
        context.instance, state.position, lambda: scopes_without_days(repository) if repository else frozenset()
    )
    return happened


def _summary(seen: int, made: int, state: AlertState, failed: Mapping[str, str]) -> str:
    parts = [
        f"{seen} new faults" if seen else "nothing new",
        f"{len(state.gate.open)} open",
        f"{made} messages" if made else "",
        f"{len(state.gate.news) + state.gate.more} held back for now" if state.gate.news else "",
        f"{state.outbox.waiting} wait for {', '.join(failed)}" if failed else "",
    ]
    return "; ".join(part for part in parts if part)
