"""Runs of the asset graph in this process, recorded in the instance like those of the UI."""

from __future__ import annotations

from collections.abc import Collection

import dagster as dg

from bandcamp_assets.assets.common import range_tags
from bandcamp_assets.assets.jobs import LANDING
from bandcamp_assets.cli.console import StepLog
from bandcamp_assets.errors import RunFailed
from bandcamp_assets.instance.local import process_tag
from bandcamp_assets.planning import Plan


class Runs:
    """Executes parts of a graph.

    Args:
        definitions: The graph.
        instance: Where runs are recorded.
        log: Where failures are noted as they happen.
    """

    def __init__(self, definitions: dg.Definitions, instance: dg.DagsterInstance, log: StepLog) -> None:
        self._job = definitions.resolve_implicit_global_asset_job_def()
        self._instance = instance
        self._log = log
        graph = definitions.resolve_asset_graph()
        every = set(graph.executable_asset_keys)
        self._landing = LANDING.resolve(graph)
        self._daily = {key for key in every if graph.get(key).partitions_def is not None}
        below = dg.AssetSelection.assets(*self._daily).downstream().resolve(graph)
        self._after = {key for key in below if key in every} - self._daily
        self._before = every - self._landing - self._daily - self._after

    def land(self) -> None:
        """Land and stage what is new."""
        self._execute(self._landing, {})

    def build(self, plan: Plan) -> None:
        """Build what the plan names: seeds and dimensions first, marts and ledger last."""
        for number, (first, last) in enumerate(plan.ranges, start=1):
            before = self._before if plan.reference and number == 1 else set()
            after = self._after if number == len(plan.ranges) else set()
            self._execute({*before, *self._daily, *after}, range_tags(first, last))
        if plan.marts and not plan.ranges:
            self._execute({*(self._before if plan.reference else ()), *self._after}, {})

    def _execute(self, keys: Collection[dg.AssetKey], tags: dict[str, str]) -> None:
        result = self._job.execute_in_process(
            instance=self._instance,
            asset_selection=sorted(keys),
            tags={**process_tag(), **tags},
            run_config={"loggers": {"console": {}}},
            raise_on_error=False,
        )
        if not result.success:
            raise RunFailed(result.run_id, list(dict.fromkeys(self._log.failures)))
