"""Tells a receiver of OpenLineage what each run made, and from what.

No run waits for it, as it reads runs that have ended.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

import dagster as dg

from bandcamp_assets.alerts.state import OVERLAP_SECONDS
from bandcamp_assets.defs.run_faults import runs_that_ended
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.system.errors import PlatformError

if TYPE_CHECKING:
    from openlineage.client.event_v2 import RunEvent

    from bandcamp_assets.components.openlineage.receiver import Receiver

TICK_SECONDS = 30.0
"""How long one tick sends. Dagster ends a tick after 60 seconds."""

ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
"""Runs that are told. Also one that Dagster starts again has made assets, which no other run tells."""


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
    now = time.time()
    told = _Told(**json.loads(context.cursor)) if context.cursor else _Told(since=now)
    receiver, runs, waits = _receiver(settings), 0, ""
    for run, ended in runs_that_ended(context.instance, ENDED, told.since, told.sent):
        before = told.events if told.run == run.run_id else 0
        events = islice(_events(context, settings, run, ended), before, None)
        done, waits = receiver.send(events, now + TICK_SECONDS, context.log)
        if waits:
            told.run, told.events = run.run_id, before + done
            break
        told.takes(run.run_id, ended)
        runs += 1
    said = f"runs told: {runs}; {waits}" if waits else f"runs told: {runs}"
    return dg.SensorResult(skip_reason=said, cursor=json.dumps(asdict(told)))


@dataclass
class _Told:
    """What the sensor remembers. The first tick begins with runs that end later.

    Attributes:
        since: Runs that ended after this, and are not among those sent, are new; in Unix seconds.
        sent: The runs that were told and ended near that time, and when.
        run: A run of which a part was told.
        events: How many of its events were. A run always has the same events, in the same order.
    """

    since: float
    sent: dict[str, float] = field(default_factory=dict)
    run: str = ""
    events: int = 0

    def takes(self, run: str, ended: float) -> None:
        """Remember that a whole run was told."""
        self.sent[run] = ended
        self.since = max(self.since, ended - OVERLAP_SECONDS)
        self.sent = {run: ended for run, ended in self.sent.items() if ended >= self.since}


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
