"""Selects the dbt nodes of a step: exactly the assets and checks that Dagster selected.

dbt's indirect selection would run tests of tables that are not built yet, and leave out the tests of sources. So
every node is named, and indirect selection is off.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dagster import AssetExecutionContext
from dagster_dbt import DagsterDbtTranslator, DbtProject
from dagster_dbt.asset_utils import (
    DAGSTER_DBT_UNIQUE_ID_METADATA_KEY,
    get_asset_check_key_for_test,
    get_checks_on_sources_upstream_of_selected_assets,
)

from bandcamp_assets.system.errors import PlatformError

TAGS = ("reference", "daily", "marts")
"""The tags of the invocations, in their order."""


def selection_arguments(context: AssetExecutionContext, manifest: Mapping[str, Any]) -> list[str]:
    """The arguments with which `dbt build` runs the step's nodes.

    A model brings the tests of the sources that it reads. A step may also have only tests.
    """
    assets_def = context.assets_def
    checks = {
        *context.selected_asset_check_keys,
        *get_checks_on_sources_upstream_of_selected_assets(assets_def, context.selected_asset_keys),
    }
    metadata = [
        *(assets_def.get_asset_spec(key).metadata for key in context.selected_asset_keys),
        *(assets_def.get_spec_for_check_key(key).metadata or {} for key in checks),
    ]
    unique_ids = sorted(one[DAGSTER_DBT_UNIQUE_ID_METADATA_KEY] for one in metadata)
    return [
        *("--select", " ".join(_names(manifest, unique_ids))),
        *("--indirect-selection", "empty"),
        *("--exclude-resource-type", "unit_test"),
    ]


def _names(manifest: Mapping[str, Any], unique_ids: Iterable[str]) -> list[str]:
    return ["fqn:" + ".".join(manifest["nodes"][unique_id]["fqn"]) for unique_id in unique_ids]


def require_complete(manifest: Mapping[str, Any], translator: DagsterDbtTranslator, project: DbtProject) -> None:
    """Check that the graph leaves out no node of the project.

    Raises:
        PlatformError: If a model, seed or snapshot does not have exactly one of `TAGS`, or if a test belongs to no
            asset.
    """
    for unique_id, node in manifest["nodes"].items():
        where = f"{node['name']} in {node['original_file_path']}"
        if node["resource_type"] in ("model", "seed", "snapshot"):
            if len(set(node["tags"]) & set(TAGS)) != 1:
                raise PlatformError(
                    "A dbt node is in none of the invocations, or in several",
                    where=where,
                    remedy=f"give it exactly one of the tags {', '.join(TAGS)}",
                )
        elif node["resource_type"] == "test" and not get_asset_check_key_for_test(
            manifest, translator, unique_id, project
        ):
            raise PlatformError(
                "A dbt test belongs to no asset, so it would not run",
                where=where,
                remedy="name its model in config.meta.dagster.ref.name",
            )
