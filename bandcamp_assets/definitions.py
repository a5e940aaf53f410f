"""What Dagster loads: all of `defs`, in the deployment that the environment names. Importing it reads nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from bandcamp_assets.deployment.deployment import Deployment


@dg.definitions
def defs() -> dg.Definitions:
    """All definitions. What they are loaded from is made first, where it is missing or stale, as in a fresh clone.

    Raises:
        PlatformError: If a setting is wrong, the home cannot be written, or dbt cannot read its project.
    """
    from bandcamp_assets.deployment.deployment import Deployment
    from bandcamp_assets.system.memory import loading

    with loading():
        return load_definitions(Deployment.of_environment().ready_to_load())


def load_definitions(deployment: Deployment, *, console: dg.LoggerDefinition | None = None) -> dg.Definitions:
    """Load the whole graph as it is in a deployment.

    Args:
        deployment: The deployment, with a manifest of its dbt project that fits.
        console: What prints the events of runs in this process; Dagster's own console if not given.

    Raises:
        PlatformError: If the manifest is missing or stale.
    """
    from bandcamp_assets import defs as folder
    from bandcamp_assets.dbt.environment import dbt_environment
    from bandcamp_assets.defs.in_deployment import in_deployment

    with deployment.in_use(), dbt_environment():
        # Imported here: dagster-dbt reads dbt's own variables when it is imported.
        from bandcamp_assets.components.dbt.component import one_runner

        # A fault of the manifest is raised here as one sentence. Inside, the whole tree would come with it.
        with one_runner(deployment):
            tree = dg.ComponentTree.from_module(defs_module=folder, project_root=Path(__file__).parents[1])
            loaded = tree.build_defs(Path())
    if console:
        loaded = dg.Definitions.merge(loaded, dg.Definitions(loggers={"console": console}))
    return in_deployment(loaded, deployment)


def load_landing_definitions(
    deployment: Deployment, *, console: dg.LoggerDefinition | None = None
) -> dg.Definitions:
    """Load the part of the graph that has no days yet. It needs neither dbt nor its manifest."""
    from bandcamp_assets.defs.assets import archive, feed, landing, staging
    from bandcamp_assets.defs.checks import landing as checks
    from bandcamp_assets.defs.checks.layers import raw_rows_are_staged_or_rejected
    from bandcamp_assets.defs.jobs import land
    from bandcamp_assets.defs.resources import EXECUTOR, landing_resources

    return dg.Definitions(
        assets=[landing.raw_sales, feed.feed_pages, archive.raw_objects, staging.stage],
        asset_checks=[*checks.CHECKS, raw_rows_are_staged_or_rejected],
        jobs=[land],
        resources=landing_resources(deployment),
        executor=EXECUTOR,
        loggers={"console": console} if console else None,
    )
