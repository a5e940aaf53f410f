"""The asset graph of a platform: its assets, checks, resources and executor as one `Definitions`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg

from bandcamp_assets.assets import checks, feed, lake, landing, ledger, objects, warehouse
from bandcamp_assets.assets.common import DAYS, WAREHOUSE_POOL
from bandcamp_assets.assets.jobs import JOBS
from bandcamp_assets.assets.report import DASHBOARD, build_dashboard, build_docs
from bandcamp_assets.automation.freshness import freshness_of
from bandcamp_assets.planning import BuildState
from bandcamp_assets.platform import Platform


def build_definitions(platform: Platform, *, console: dg.LoggerDefinition | None = None) -> dg.Definitions:
    """Assemble the whole graph.

    Args:
        platform: The parts of the deployment.
        console: What prints the events of runs in this process; Dagster's own console if not given.

    Raises:
        PlatformError: If the dbt manifest is missing or stale.
    """
    # Imported here, as dbt's assets are: landing alone has no automation.
    from bandcamp_assets.automation.rules import build_automation
    from bandcamp_assets.dbt.manifest import load_manifest

    days = [lake.clean, objects.sales_objects, warehouse.sales]
    manifest, state = load_manifest(platform.dbt), platform.build_state()
    dbt = _dbt_assets(platform, manifest, state)
    marts = [spec.key.to_user_string() for asset in dbt if asset.node_def.name == MARTS for spec in asset.specs]
    report = [ledger.ledger, *_report_pages(platform, manifest, state, marts)]
    definitions = dg.Definitions(
        assets=[*_LANDING_ASSETS, *dg.with_source_code_references([*days, *report]), *dbt],
        asset_checks=checks.CHECKS,
        jobs=JOBS,
        **_surroundings(platform, console),
    ).map_asset_specs(func=lambda spec: _in_deployment(spec, platform, marts))
    return dg.Definitions.merge(definitions, build_automation(platform, definitions, state))


def build_landing_definitions(platform: Platform, *, console: dg.LoggerDefinition | None = None) -> dg.Definitions:
    """Assemble the part of the graph that has no days yet. It needs neither dbt nor its manifest."""
    return dg.Definitions(
        assets=_LANDING_ASSETS,
        asset_checks=[
            checks.dropped_files_can_be_read,
            checks.corrections_hold_sales,
            checks.raw_rows_are_staged_or_rejected,
            checks.few_rows_are_rejected,
        ],
        **_surroundings(platform, console),
    )


MARTS = "dbt_marts"
"""The step that builds the tables which answer questions."""

REPORT = DASHBOARD
"""The asset that shows where people can make a report of their own."""

_LANDING_ASSETS = dg.with_source_code_references(
    [landing.raw_sales, feed.feed_pages, objects.raw_objects, lake.stage]
)


def _in_deployment(spec: dg.AssetSpec, platform: Platform, marts: list[str]) -> dg.AssetSpec:
    """Say where an asset lies, how old it may become, and where its report can be made, in this deployment."""
    name = spec.key.to_user_string()
    if name == REPORT:
        spec = spec.merge_attributes(metadata=platform.report_links(marts))
    fresh = freshness_of(name, platform.settings)
    if fresh:
        spec = spec.replace_attributes(freshness_policy=fresh)
    kind = platform.kinds.get(name)
    return spec.merge_attributes(kinds={kind}) if kind else spec


def _surroundings(platform: Platform, console: dg.LoggerDefinition | None) -> dict[str, Any]:
    return {
        "resources": platform.resources(),
        # A process for each step costs seconds a step; one process does the whole graph in a few.
        "executor": dg.in_process_executor,
        "loggers": {"console": console} if console else None,
    }


def _report_pages(
    platform: Platform, manifest: Mapping[str, Any], state: BuildState, marts: list[str]
) -> list[dg.AssetsDefinition]:
    from bandcamp_assets.dbt.manifest import exposed

    return [
        build_dashboard(
            platform.dbt, exposed(manifest, DASHBOARD), state.dashboard_fingerprint, state.record_dashboard
        ),
        build_docs(platform.dbt, manifest, marts, state.documents_models, state.record_docs),
    ]


def _dbt_assets(platform: Platform, manifest: Mapping[str, Any], state: BuildState) -> list[dg.AssetsDefinition]:
    # Imported here: dagster-dbt takes over a second to load, which landing alone need not wait for.
    from bandcamp_assets.dbt.assets import build_dbt_assets
    from bandcamp_assets.presentation.models import describe_model

    return build_dbt_assets(
        platform.dbt,
        manifest,
        platform.warehouse,
        DAYS,
        pool=WAREHOUSE_POOL,
        describe=lambda name, _warehouse: describe_model(name, platform.warehouse),
        on_reference_built=state.record_reference,
        on_fact_built=state.record_fact,
        on_marts_built=state.record_marts,
        on_built=state.mark_tables,
    )
