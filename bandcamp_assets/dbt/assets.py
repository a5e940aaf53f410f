"""The assets that dbt builds: three multi-assets, because a run has either days or none.

`dbt_reference` (seeds and static dimensions) is upstream of `dbt_daily` (staging and facts, by day), and that
of `dbt_marts`. What the nodes are stands in the dbt project; how one runs, in `runner`.
"""

# Without `from __future__ import annotations`: Dagster checks the type of `context` as it stands.

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from typing import Any, Protocol

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    BackfillPolicy,
    DailyPartitionsDefinition,
)
from dagster_dbt import dbt_assets

from bandcamp_assets.dbt.cost import ON_DEMAND_USD_PER_TIB
from bandcamp_assets.dbt.events import DagsterEvent
from bandcamp_assets.dbt.project import DbtWorkspace
from bandcamp_assets.dbt.runner import DbtRunner, DbtWarehouse, Describe
from bandcamp_assets.dbt.selection import require_complete
from bandcamp_assets.dbt.translator import BandcampTranslator
from bandcamp_assets.warehouse import DayFigures

FACT = "fct_sales"
"""The model whose days are counted."""


class DayWarehouse(DbtWarehouse, Protocol):
    """The part of a warehouse that the daily assets need."""

    def figures(self, table: str, days: Collection[date] | None = None) -> dict[date, DayFigures]:
        """Rows and US dollars by day."""
        ...


def build_dbt_assets(
    workspace: DbtWorkspace,
    manifest: Mapping[str, Any],
    warehouse: DayWarehouse,
    days: DailyPartitionsDefinition,
    *,
    pool: str | None = None,
    on_reference_built: Callable[[], None] = lambda: None,
    on_fact_built: Callable[[list[date]], None] = lambda _days: None,
    on_marts_built: Callable[[], None] = lambda: None,
    on_built: Callable[[], None] = lambda: None,
    describe: Describe = lambda _name, _warehouse: {},
    usd_per_tib: float = ON_DEMAND_USD_PER_TIB,
) -> list[AssetsDefinition]:
    """Make the assets of the dbt project from its manifest. dbt is not started.

    Args:
        workspace: The project, prepared.
        manifest: Its manifest, as `load_manifest` reads it.
        warehouse: Where it builds.
        days: Partitions of the daily assets.
        pool: Dagster's pool that the steps take a slot of, so that one at a time writes.
        on_reference_built: Called once all seeds and dimensions are built, but not when only some were asked for.
        on_fact_built: Called with the days that `fct_sales` was built for, once it is.
        describe: Gives further metadata for a node that was built, by its name.
        usd_per_tib: What a TiB billed by the warehouse costs, for the estimate of what a node cost.
        on_marts_built: Called once all marts are built, but not when only some were asked for.
        on_built: Called first of these whenever dbt has built something.

    Raises:
        PlatformError: If a node would be left out.
    """
    translator = BandcampTranslator()
    runner = DbtRunner(workspace, manifest, translator, describe, usd_per_tib)
    require_complete(manifest, translator, runner.project)

    @dbt_assets(
        manifest=manifest,
        project=runner.project,
        dagster_dbt_translator=translator,
        name="dbt_reference",
        select="tag:reference",
        backfill_policy=BackfillPolicy.single_run(),
        pool=pool,
    )
    def dbt_reference(context: AssetExecutionContext) -> Iterator[DagsterEvent]:
        yield from runner.build(context, warehouse)
        on_built()
        if not context.is_subset:
            on_reference_built()

    @dbt_assets(
        manifest=manifest,
        project=runner.project,
        dagster_dbt_translator=translator,
        name="dbt_daily",
        select="tag:daily",
        partitions_def=days,
        backfill_policy=BackfillPolicy.single_run(),
        pool=pool,
    )
    def dbt_daily(context: AssetExecutionContext) -> Iterator[DagsterEvent]:
        keys = sorted(context.partition_keys)
        for event in runner.build(context, warehouse, ["--vars", json.dumps({"days": keys})]):
            if getattr(event, "output_name", None) == FACT:
                _report_days(context, warehouse.figures(FACT, [date.fromisoformat(key) for key in keys]))
            yield event
        with warehouse.session():
            on_built()
            if AssetKey(FACT) in context.selected_asset_keys:
                on_fact_built([date.fromisoformat(key) for key in keys])

    @dbt_assets(
        manifest=manifest,
        project=runner.project,
        dagster_dbt_translator=translator,
        name="dbt_marts",
        select="tag:marts",
        backfill_policy=BackfillPolicy.single_run(),
        pool=pool,
    )
    def dbt_marts(context: AssetExecutionContext) -> Iterator[DagsterEvent]:
        yield from runner.build(context, warehouse)
        on_built()
        if not context.is_subset:
            on_marts_built()

    return [dbt_reference, dbt_daily, dbt_marts]


def _report_days(context: AssetExecutionContext, figures: Mapping[date, DayFigures]) -> None:
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
