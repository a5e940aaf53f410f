"""The dbt component: the models of a selection as assets, built by dbt in this process.

It differs from its base class in three ways. Models may have partitions. The manifest is that of the deployment,
which is prepared under a lock before definitions are loaded, so the state of the base class is not used. And dbt
runs in this process: see `bandcamp_assets.components.dbt.runner`.
"""

# Without `from __future__ import annotations`, as Dagster reads the annotation of `context` at run time.

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

import dagster as dg
from dagster.components.utils.defs_state import DefsStateConfig
from dagster_dbt import DbtProjectComponent, dbt_assets

from bandcamp_assets.components.dbt.description import describe_model
from bandcamp_assets.components.dbt.events import DagsterEvent
from bandcamp_assets.components.dbt.runner import DbtRunner
from bandcamp_assets.components.failures import plain_failures
from bandcamp_assets.deployment.deployment import Deployment, current_deployment
from bandcamp_assets.state.plan import BuildState
from bandcamp_assets.storage.warehouse import DayFigures, Warehouse
from bandcamp_assets.storage.warehouse.marks import BESIDE_THE_FACT, FACT

_RUNNER: ContextVar[DbtRunner | None] = ContextVar("runner", default=None)


@contextmanager
def one_runner(deployment: Deployment) -> Iterator[None]:
    """Let all documents that the enclosed code loads share one runner, as making it takes a while.

    Raises:
        PlatformError: If the manifest is missing or stale, or a node of the project would be left out.
    """
    token = _RUNNER.set(_runner_of(deployment))
    try:
        yield
    finally:
        _RUNNER.reset(token)


def _runner_of(deployment: Deployment) -> DbtRunner:
    def describe(name: str, days: Sequence[date]) -> Mapping[str, dg.MetadataValue]:
        return describe_model(name, deployment.warehouse, days)

    return DbtRunner(deployment.dbt, deployment.manifest, describe)


@dataclass
class DbtInProcess(DbtProjectComponent):
    """Models of one dbt project, selected, partitioned or not, and built by dbt in this process.

    Attributes:
        records: What to record as built once everything is built: seeds and dimensions, days of the fact, or
            marts.
        partitions_def: The partitions of all models, if they have any.
    """

    records: Literal["reference", "fact", "marts"] = "marts"
    partitions_def: Annotated[
        dg.DailyPartitionsDefinition | None,
        dg.Resolver(lambda context, value: context.resolve_value(value), model_field_type=str | None),
    ] = None

    @property
    def defs_state_config(self) -> DefsStateConfig:
        """A separate key, as several documents share one project. Nothing is kept under it."""
        kind = super().defs_state_config.management_type
        return DefsStateConfig(
            key=f"{type(self).__name__}[{self.select}]", management_type=kind, refresh_if_dev=False
        )

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """One multi-asset. Does not start dbt."""
        return dg.Definitions(assets=[self.assets(_RUNNER.get() or _runner_of(current_deployment()))])

    def assets(self, runner: DbtRunner) -> dg.AssetsDefinition:
        """The multi-asset that a runner builds."""
        op = self._get_op_spec(runner.project)

        @dbt_assets(
            manifest=runner.manifest,
            project=runner.project,
            dagster_dbt_translator=runner.translator,
            name=op.name,
            select=self.select,
            partitions_def=self.partitions_def,
            backfill_policy=op.backfill_policy,
            pool=op.pool,
        )
        @plain_failures
        def build(
            context: dg.AssetExecutionContext,
            warehouse: dg.ResourceParam[Warehouse],
            build_state: dg.ResourceParam[BuildState],
        ) -> Iterator[DagsterEvent]:
            keys = sorted(context.partition_keys) if self.partitions_def else []
            arguments = ["--vars", json.dumps({"days": keys})] if keys else []
            for event in runner.build(context, warehouse, arguments):
                name = event.output_name if keys and isinstance(event, dg.Output) else ""
                if name == FACT:
                    _report_days(context, warehouse.figures(FACT, [date.fromisoformat(key) for key in keys]))
                elif name in BESIDE_THE_FACT:
                    _report_rows_of_days(context, name, warehouse)
                yield event
            with warehouse.session():
                build_state.mark_tables()
                self._record(context, build_state, keys)

        return build

    def _record(self, context: dg.AssetExecutionContext, build_state: BuildState, keys: list[str]) -> None:
        """Record what is built now. If only a part was selected, nothing is recorded."""
        if self.records == "fact" and _with_rollups(context.assets_def) <= context.selected_asset_keys:
            build_state.record_fact([date.fromisoformat(key) for key in keys])
        if self.records == "reference" and not context.is_subset:
            build_state.record_reference()
        if self.records == "marts" and not context.is_subset:
            build_state.record_marts()


def _with_rollups(assets: dg.AssetsDefinition) -> set[dg.AssetKey]:
    """The fact, and what the same step makes of it by day. A day is built only with all of them."""
    fact = dg.AssetKey(FACT)
    return {fact} | {key for key in assets.keys if fact in assets.asset_deps[key]}


def _report_days(context: dg.AssetExecutionContext, figures: Mapping[date, DayFigures]) -> None:
    for key in context.partition_keys:
        found = figures.get(date.fromisoformat(key), DayFigures())
        context.add_asset_metadata(
            {
                "dagster/partition_row_count": found.rows,
                "amount_paid_usd": float(found.total_usd),
                "delivered_usd": float(found.amount_paid_usd),
                "estimated_usd": float(found.estimated_usd),
            },
            asset_key=FACT,
            partition_key=key,
        )


def _report_rows_of_days(context: dg.AssetExecutionContext, name: str, warehouse: Warehouse) -> None:
    """Rows by day of a small table; a day without rows has none."""
    first, last = min(context.partition_keys), max(context.partition_keys)
    counted = warehouse.query(
        f"select cast(sale_date as string), count(*) from {warehouse.relation(name)}"  # noqa: S608
        f" where sale_date between date '{first}' and date '{last}' group by 1"
    )
    rows = dict(counted.iter_rows())
    for key in context.partition_keys:
        found = {"dagster/partition_row_count": rows.get(key, 0)}
        context.add_asset_metadata(found, asset_key=name, partition_key=key)
