"""The three assets of a dbt project, made as by the `defs.yaml` documents of the platform."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dagster import AssetsDefinition, BackfillPolicy, DailyPartitionsDefinition
from dagster.components.resolved.core_models import OpSpec

from bandcamp_assets.components.dbt import DbtInProcess
from bandcamp_assets.components.dbt.runner import DbtRunner
from bandcamp_assets.dbt.manifest import load_manifest
from bandcamp_assets.dbt.project import DbtWorkspace


@dataclass
class NothingRecorded:
    """Replaces `BuildState`, and records nothing."""

    def mark_tables(self) -> None:
        """Nothing."""

    def record_reference(self) -> None:
        """Nothing."""

    def record_fact(self, days: Sequence[date]) -> None:
        """Nothing."""

    def record_marts(self) -> None:
        """Nothing."""


def dbt_assets(workspace: DbtWorkspace, days: DailyPartitionsDefinition) -> list[AssetsDefinition]:
    """Reference, daily and marts of a prepared project."""
    runner = DbtRunner(workspace, load_manifest(workspace))
    parts = (("reference", "reference", None), ("daily", "fact", days), ("marts", "marts", None))
    return [
        DbtInProcess(
            project=runner.project,
            select=f"tag:{tag}",
            records=records,  # type: ignore[arg-type]
            partitions_def=partitions,
            op=OpSpec(name=f"dbt_{tag}", pool="duckdb", backfill_policy=BackfillPolicy.single_run()),
        ).assets(runner)
        for tag, records, partitions in parts
    ]
