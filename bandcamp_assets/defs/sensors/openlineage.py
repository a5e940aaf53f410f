"""Tells a receiver of OpenLineage what each run made, and from what.

No run waits for it, as it reads runs that have ended.
"""

import json
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import dagster as dg

from bandcamp_assets.defs.run_faults import ended_runs
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.system.errors import PlatformError

if TYPE_CHECKING:
    from openlineage.client.event_v2 import RunEvent

    from bandcamp_assets.components.openlineage.receiver import Receiver

OVERLAP_SECONDS = 120.0
"""Ends of runs are looked for again this far back: processes that write at once may commit out of order."""

TICK_SECONDS = 30.0
"""How long one tick begins to send runs. Dagster ends a tick after 60 seconds."""


@dg.sensor(
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Sends what each run made, from what, and what checks found to the receiver of OpenLineage that "
    "BANDCAMP_OPENLINEAGE_URL names.",
)
def openlineage(
    context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]
) -> dg.SkipReason | dg.SensorResult:
    """Send the runs that have ended. What the receiver did not take, the next tick sends again."""
    if not settings.openlineage.url:
        return dg.SkipReason("BANDCAMP_OPENLINEAGE_URL names no receiver")
    began, taken, waits = time.time(), 0, ""
    since, sent = _remembered(context.cursor, began)
    receiver = _receiver(settings)
    for run, ended in ended_runs(context.instance, since, sent):
        if time.time() > began + TICK_SECONDS:
            waits = "; others wait for the next tick"
            break
        if reason := receiver.send(_events(context, settings, run, ended), context.log):
            waits = f"; the receiver takes none now, so others wait: {reason}"
            break
        sent[run.run_id] = ended
        taken += 1
    since = max(since, max(sent.values(), default=since) - OVERLAP_SECONDS)
    kept = {run: ended for run, ended in sent.items() if ended >= since}
    return dg.SensorResult(
        skip_reason=f"runs told: {taken}{waits}", cursor=json.dumps({"since": since, "sent": kept})
    )


def _remembered(cursor: str | None, now: float) -> tuple[float, dict[str, float]]:
    """From when on runs are told, and when those ended that were told. The first tick begins now."""
    if not cursor:
        return now, {}
    read = json.loads(cursor)
    return read["since"], read["sent"]


def _receiver(settings: Settings) -> "Receiver":
    try:
        from bandcamp_assets.components.openlineage.receiver import Receiver
    except ModuleNotFoundError as error:
        raise PlatformError(
            "The client of OpenLineage is not installed",
            where="BANDCAMP_OPENLINEAGE_URL",
            remedy="install bandcamp-assets[openlineage]",
        ) from error
    return Receiver(settings.openlineage)


def _events(
    context: dg.SensorEvaluationContext, settings: Settings, run: dg.DagsterRun, ended: float
) -> "Iterator[RunEvent]":
    from bandcamp_assets.components.openlineage.run import EVENTS, Lineage

    nodes = context.repository_def.asset_graph.asset_nodes if context.repository_def else ()
    records = context.instance.get_records_for_run(run.run_id, of_type=EVENTS).records
    return Lineage(
        run=run,
        started=context.instance.get_run_stats(run.run_id).start_time or ended,
        ended=ended,
        recorded=[record.event_log_entry for record in records],
        nodes={node.key: node for node in nodes},
        namespace=settings.openlineage.namespace,
        secrets=settings.alerts.secrets,
    ).events()
