"""One run of Dagster as events of OpenLineage.

Pure: the sensor `openlineage` reads the run, and sends the events.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid5

import dagster as dg
from dagster._core.definitions.assets.graph.base_asset_graph import BaseAssetNode
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.facet_v2 import RunFacet, parent_run

from bandcamp_assets.components.openlineage import facets
from bandcamp_assets.components.openlineage.facets import name_of

EVENTS = {
    dg.DagsterEventType.ASSET_MATERIALIZATION,
    dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED,
    dg.DagsterEventType.ASSET_CHECK_EVALUATION,
    dg.DagsterEventType.STEP_FAILURE,
    dg.DagsterEventType.RUN_FAILURE,
}
"""What has to be known of a run."""

PRODUCER = "urn:bandcamp-assets:openlineage"
"""The code that makes the events, as OpenLineage wants it: a URI. It need not lead anywhere."""

_ENDS = {
    dg.DagsterRunStatus.SUCCESS: RunState.COMPLETE,
    dg.DagsterRunStatus.FAILURE: RunState.FAIL,
    dg.DagsterRunStatus.CANCELED: RunState.ABORT,
}

CHECKS = ".checks"
"""Ends the name of the job that checks an asset."""


@dataclass(frozen=True)
class Lineage:
    """A run that has ended.

    Every asset is a job and a run of its own, whose parent is the run of Dagster. Receivers know a run by its id
    alone, so assets that shared one would replace each other.

    Attributes:
        run: The run of Dagster.
        started: When it started, in Unix seconds.
        ended: When it ended, in Unix seconds.
        recorded: Its events of the types in `EVENTS`, in order.
        nodes: The assets of the graph, with what they are made from.
        namespace: Where jobs and datasets lie.
        secrets: Values that no text may hold.
    """

    run: dg.DagsterRun
    started: float
    ended: float
    recorded: Sequence[dg.EventLogEntry]
    nodes: Mapping[dg.AssetKey, BaseAssetNode]
    namespace: str
    secrets: tuple[str, ...] = ()

    def events(self) -> Iterator[RunEvent]:
        """The events to send, in order: the run starts, each asset and its checks, the run ends."""
        broken = self._last(dg.DagsterEventType.RUN_FAILURE)
        run = Run(self.run.run_id, facets.error(broken, self.secrets) if broken else {})
        first, last = self._both(Job(self.namespace, self.run.job_name), run, self.ended, _ENDS[self.run.status])
        yield first
        for key, made in self._materialized().items():
            yield from self._asset(key, made)
        for key, checks in self._evaluated().items():
            yield from self._checks(key, list(checks.values()))
        for key, failure in self._failed().items():
            run = self._run(name_of(key), facets.error(failure, self.secrets))
            yield from self._both(self._job(key), run, failure.timestamp, RunState.FAIL)
        yield last

    def _asset(self, key: dg.AssetKey, made: Sequence[dg.EventLogEntry]) -> Iterator[RunEvent]:
        events = [entry.asset_materialization for entry in made if entry.asset_materialization]
        node = self.nodes.get(key)
        output = OutputDataset(
            self.namespace,
            name_of(key),
            facets=facets.dataset_facets(key, node, events[-1].metadata, self.namespace),
            outputFacets=facets.rows(event.metadata for event in events),
        )
        inputs = [
            InputDataset(self.namespace, name_of(parent)) for parent in sorted(node.parent_keys if node else ())
        ]
        run = self._run(name_of(key), facets.nominal_time(event.partition for event in events if event.partition))
        yield from self._both(self._job(key), run, made[-1].timestamp, RunState.COMPLETE, inputs, [output])

    def _checks(self, key: dg.AssetKey, evaluated: Sequence[dg.EventLogEntry]) -> Iterator[RunEvent]:
        found = [entry.get_dagster_event().asset_check_evaluation_data for entry in evaluated]
        checked = InputDataset(self.namespace, name_of(key), facets.assertions(found, self.secrets))
        run, last = self._run(f"{name_of(key)}{CHECKS}", {}), max(entry.timestamp for entry in evaluated)
        yield from self._both(self._job(key, CHECKS), run, last, RunState.COMPLETE, [checked])

    def _both(
        self,
        job: Job,
        run: Run,
        ended: float,
        end: RunState,
        inputs: Sequence[InputDataset] = (),
        outputs: Sequence[OutputDataset] = (),
    ) -> Iterator[RunEvent]:
        """The start and the end of a job: OpenLineage asks for one of each."""
        for state, at in ((RunState.START, self.started), (end, ended)):
            yield RunEvent(
                eventType=state,
                eventTime=datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds"),
                run=run,
                job=job,
                inputs=list(inputs),
                outputs=list(outputs),
                producer=PRODUCER,
            )

    def _job(self, key: dg.AssetKey, what: str = "") -> Job:
        return Job(self.namespace, f"{name_of(key)}{what}")

    def _run(self, name: str, found: Mapping[str, RunFacet]) -> Run:
        above = parent_run.ParentRunFacet(
            parent_run.Run(self.run.run_id), parent_run.Job(self.namespace, self.run.job_name)
        )
        return Run(str(uuid5(UUID(self.run.run_id), name)), {"parent": above, **found})

    def _of_type(self, kind: dg.DagsterEventType) -> list[dg.EventLogEntry]:
        return [entry for entry in self.recorded if entry.dagster_event_type is kind]

    def _last(self, kind: dg.DagsterEventType) -> dg.EventLogEntry | None:
        return next(reversed(self._of_type(kind)), None)

    def _materialized(self) -> dict[dg.AssetKey, list[dg.EventLogEntry]]:
        made: dict[dg.AssetKey, list[dg.EventLogEntry]] = {}
        for entry in self._of_type(dg.DagsterEventType.ASSET_MATERIALIZATION):
            if entry.asset_materialization:
                made.setdefault(entry.asset_materialization.asset_key, []).append(entry)
        return made

    def _evaluated(self) -> dict[dg.AssetKey, dict[str, dg.EventLogEntry]]:
        """The last result of each check, by asset."""
        evaluated: dict[dg.AssetKey, dict[str, dg.EventLogEntry]] = {}
        for entry in self._of_type(dg.DagsterEventType.ASSET_CHECK_EVALUATION):
            if entry.step_key:  # without one it is the result of one day, beside that of the run
                found = entry.get_dagster_event().asset_check_evaluation_data
                evaluated.setdefault(found.asset_key, {})[found.check_name] = entry
        return evaluated

    def _failed(self) -> dict[dg.AssetKey, dg.EventLogEntry]:
        """The assets that a step was to make and did not, each with the step's failure."""
        failures = {entry.step_key: entry for entry in self._of_type(dg.DagsterEventType.STEP_FAILURE)}
        made = self._materialized()
        planned = self._of_type(dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED)
        keys = [(entry.get_dagster_event().asset_key, entry.step_key) for entry in planned]
        return {key: failures[step] for key, step in keys if key and key not in made and step in failures}
