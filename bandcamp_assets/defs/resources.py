"""The resources of assets, checks, sensors and schedules: the parts of the deployment, by name."""

from __future__ import annotations

import dagster as dg

from bandcamp_assets.defs.io_managers import PARQUET, TABLES, parquet, tables
from bandcamp_assets.deployment.deployment import Deployment, current_deployment


@dg.definitions
def resources() -> dg.Definitions:
    """The parts of the deployment, and the executor."""
    deployment = current_deployment()
    return dg.Definitions(
        resources={
            **landing_resources(deployment),
            "dbt": deployment.dbt,
            "build_state": deployment.build_state(),
            PARQUET: parquet,
            TABLES: tables,
            **_google_cloud_resources(deployment),
        },
        executor=EXECUTOR,
    )


def landing_resources(deployment: Deployment) -> dict[str, object]:
    """The resources of assets and checks that do not use dbt."""
    return {
        "settings": deployment.settings,
        "catalog": deployment.catalog,
        "object_store": deployment.object_store,
        "warehouse": deployment.warehouse,
        "inboxes": deployment.inboxes,
    }


def _google_cloud_resources(deployment: Deployment) -> dict[str, object]:
    """Clients for assets that users add. The local deployment has none, and imports no Google package."""
    place = deployment.settings.google_cloud
    if place is None:
        return {}
    from bandcamp_assets.components.google_cloud import BigQuery, CloudStorage

    return {"gcs": CloudStorage.of(place), "bigquery": BigQuery.of(place)}


EXECUTOR = dg.in_process_executor
"""One process for the whole graph takes a few seconds. A process for each step would cost seconds a step."""
