"""The resources of assets, checks, sensors and schedules: the parts of the deployment, by name."""

from __future__ import annotations

import dagster as dg

from bandcamp_assets.defs.io_managers import PARQUET, parquet
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
            **_google_cloud_resources(deployment),
        },
        executor=EXECUTOR,
    )


def landing_resources(deployment: Deployment) -> dict[str, object]:
    """What the assets and checks need that know nothing of dbt."""
    return {
        "settings": deployment.settings,
        "catalog": deployment.catalog,
        "object_store": deployment.object_store,
        "warehouse": deployment.warehouse,
        "inboxes": deployment.inboxes,
    }


def _google_cloud_resources(deployment: Deployment) -> dict[str, object]:
    """Clients for assets of one's own. The local deployment has none, and imports nothing of Google's."""
    place = deployment.settings.google_cloud
    if place is None:
        return {}
    from bandcamp_assets.components.google_cloud import BigQuery, CloudStorage

    return {"gcs": CloudStorage.of(place), "bigquery": BigQuery.of(place)}


EXECUTOR = dg.in_process_executor
"""A process for each step costs seconds a step; one process does the whole graph in a few."""
