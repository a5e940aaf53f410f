"""One `dbt build` as the body of a Dagster step: select, invoke, convert, describe, fail clearly."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from dagster import AssetCheckResult, AssetExecutionContext, MetadataValue, Output
from dagster_dbt import DbtProject

from bandcamp_assets.components.dbt.cost import ON_DEMAND_USD_PER_TIB, cost_metadata
from bandcamp_assets.components.dbt.events import DagsterEvent, compiled_sql, table_metadata, to_dagster_events
from bandcamp_assets.components.dbt.lineage import LineageReader
from bandcamp_assets.components.dbt.selection import require_complete, selection_arguments
from bandcamp_assets.components.dbt.translator import BandcampTranslator
from bandcamp_assets.dbt import engine
from bandcamp_assets.dbt.installation import lineage_folder
from bandcamp_assets.dbt.manifest import fingerprint_of, read_parsed
from bandcamp_assets.dbt.project import DbtWorkspace
from bandcamp_assets.dbt.relations import Queries, Relations, read_relations
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.machine_faults import machine_fault
from bandcamp_assets.system.progress import Progress
from bandcamp_assets.system.scratch import name_of_own, sweep


class DbtWarehouse(Queries, Protocol):
    """The part of a warehouse that a step needs."""

    def access(self) -> AbstractContextManager[None]:
        """Lock the warehouse for this process."""
        ...

    def session(self) -> AbstractContextManager[None]:
        """Keep it open for several queries in a row."""
        ...


Describe = Callable[[str, Sequence[date]], Mapping[str, MetadataValue]]
"""A function that gives further metadata for a built node, by its name and the days that were built."""


class DbtRunner:
    """Runs `dbt build` for the steps of one process.

    dbt is loaded once and does not parse. So every invocation after the first takes well under a second in
    addition to its queries.

    Args:
        workspace: The prepared project.
        manifest: Its manifest, as `load_manifest` reads it.
        describe: Gives further metadata for a built node, by its name and days.
        usd_per_tib: The price of a TiB billed by the warehouse, to estimate the cost of a node.

    Raises:
        PlatformError: If the graph would leave out a node.
    """

    def __init__(
        self,
        workspace: DbtWorkspace,
        manifest: Mapping[str, Any],
        describe: Describe = lambda _name, _days: {},
        usd_per_tib: float = ON_DEMAND_USD_PER_TIB,
    ) -> None:
        self.workspace = workspace
        self.manifest = manifest
        self.translator = BandcampTranslator()
        self._describe = describe
        self._usd_per_tib = usd_per_tib
        self.project = DbtProject(workspace.project_dir, target_path=workspace.target_dir, target=workspace.target)
        require_complete(manifest, self.translator, self.project)
        version = str(fingerprint_of(manifest))
        lineage = lineage_folder(workspace, version)
        self._lineage = LineageReader(lineage, manifest, self.translator, self.project, version)
        self._parsed: bytes | None = None

    def build(
        self, context: AssetExecutionContext, warehouse: DbtWarehouse, arguments: Sequence[str] = ()
    ) -> Iterator[DagsterEvent]:
        """Build what the step has selected, and yield an event for each model, seed and test.

        Args:
            context: The context of a step made by `dagster_dbt.dbt_assets`.
            warehouse: It is locked while dbt has it open. Then columns and row counts are read in one session,
                which lasts until the last event is taken.
            arguments: Further options of `dbt build`, such as `--vars`.

        Raises:
            PlatformError: If a node failed or dbt could not run. The events of what succeeded come before that.
        """
        with self._artefacts() as artefacts, warehouse.access():
            outcome = engine.invoke(
                self.workspace,
                ["build", "--no-write-json", *selection_arguments(context, self.manifest), *arguments],
                target_path=artefacts,
                parsed=self._parsed_project(),
                log=context.log.log,
                on_node=Progress("dbt", "models, seeds and tests"),
            )
            with warehouse.session():
                yield from self._events(context, warehouse, outcome, artefacts)
        if not outcome.succeeded:
            raise _failed(self.manifest, outcome, self.workspace)

    def _parsed_project(self) -> bytes:
        if self._parsed is None:
            self._parsed = read_parsed(self.workspace, self.manifest)
        return self._parsed

    @contextmanager
    def _artefacts(self) -> Iterator[Path]:
        sweep(self.workspace.builds_dir)
        folder = self.workspace.builds_dir / name_of_own("build")
        try:
            yield folder
            compiled = folder / "compiled"
            if compiled.is_dir():
                shutil.copytree(compiled, self.workspace.compiled_dir, dirs_exist_ok=True)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _events(
        self,
        context: AssetExecutionContext,
        warehouse: DbtWarehouse,
        outcome: engine.Outcome,
        artefacts: Path,
    ) -> list[DagsterEvent]:
        events = list(
            to_dagster_events(
                outcome.events,
                context=context,
                manifest=self.manifest,
                translator=self.translator,
                project=self.project,
            )
        )
        built = [unique_id for unique_id, event in events if isinstance(event, Output)]
        relations = read_relations(warehouse, self.manifest, built)
        days = _days_of(context)
        return [
            _with_cost(
                self._described(unique_id, event, days, relations, artefacts),
                cost_metadata(
                    outcome.responses.get(unique_id, {}),
                    usd_per_tib=self._usd_per_tib,
                    with_link=not self.workspace.is_emulated,
                ),
            )
            for unique_id, event in events
        ]

    def _described(
        self,
        unique_id: str,
        event: DagsterEvent,
        days: Sequence[date],
        relations: Relations,
        artefacts: Path,
    ) -> DagsterEvent:
        if isinstance(event, AssetCheckResult):
            node = self.manifest["nodes"][unique_id]
            sql = compiled_sql(node, artefacts=artefacts, compiled_dir=self.workspace.compiled_dir)
            return event.with_metadata({**event.metadata, **sql})
        if not isinstance(event, Output):
            return event
        described = table_metadata(
            unique_id,
            relations,
            manifest=self.manifest,
            lineage=self._lineage,
            artefacts=artefacts,
            compiled_dir=self.workspace.compiled_dir,
        )
        shown = self._describe(self.manifest["nodes"][unique_id]["name"], days)
        return event.with_metadata({**event.metadata, **described, **shown})


def _days_of(context: AssetExecutionContext) -> list[date]:
    """The days that the step builds; none if its assets have no partitions."""
    if context.assets_def.partitions_def is None:
        return []
    return [date.fromisoformat(key) for key in context.partition_keys]


def _with_cost(event: DagsterEvent, cost: Mapping[str, MetadataValue]) -> DagsterEvent:
    if not cost or not isinstance(event, Output | AssetCheckResult):
        return event
    return event.with_metadata({**event.metadata, **cost})


def _failed(manifest: Mapping[str, Any], outcome: engine.Outcome, workspace: DbtWorkspace) -> PlatformError:
    messages = [("", one.message) for one in outcome.failures]
    fault = machine_fault([*outcome.causes, *messages], workspace.builds_dir)
    nodes = [(manifest["nodes"].get(one.unique_id, {}), one) for one in outcome.failures]
    if not nodes:
        return PlatformError(
            f"dbt could not run: {fault.what if fault else outcome.message}",
            where=fault.where if fault else "dbt",
            remedy=fault.remedy if fault else "fix what dbt names, and run again",
        )
    named = "; ".join(f"{node.get('name', one.unique_id)}: {one.message}" for node, one in nodes)
    remedy = "see the failed checks and the log of this step, fix the model or the data, and run again"
    return PlatformError(
        f"{len(nodes)} dbt {'node' if len(nodes) == 1 else 'nodes'} failed: {named}",
        where=", ".join(sorted({node.get("original_file_path", one.unique_id) for node, one in nodes})),
        remedy=fault.remedy if fault else remedy,
    )
