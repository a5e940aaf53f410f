"""Dagster runs of one or more days, executed in the process of the test."""

from __future__ import annotations

from collections.abc import Collection

import dagster as dg

from bandcamp_assets.definitions import load_definitions
from bandcamp_assets.system.instance.local import open_instance
from bandcamp_assets_tests.homes import TestHome

DAILY = (
    *("cleaned_sales", "duplicate_sales", "sales_objects", "sales", "stg_sales", "usd_rates", "fct_sales"),
    *("sales_by_hour", "sales_by_segment", "sales_by_price"),
)


def execute(
    home: TestHome, selection: dg.AssetSelection, tags: dict[str, str], instance: dg.DagsterInstance
) -> dg.ExecuteInProcessResult:
    """Run part of the graph as a job. The result says whether it succeeded."""
    definitions = load_definitions(home.deployment)
    job = dg.define_asset_job("some_days", selection=selection)
    merged = dg.Definitions.merge(definitions, dg.Definitions(jobs=[job]))
    return merged.resolve_job_def("some_days").execute_in_process(
        instance=instance, tags=tags, raise_on_error=False
    )


def materialize(home: TestHome, assets: Collection[str], day: str) -> bool:
    """Materialize some assets for a day, without their checks. Returns whether that succeeded."""
    selection = dg.AssetSelection.assets(*assets).without_checks()
    with open_instance(home.deployment.settings.home) as instance:
        return execute(home, selection, {"dagster/partition": day}, instance).success
