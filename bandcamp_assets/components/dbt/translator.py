"""Translates a node of the dbt project to an asset: key, group and owner, with tests as checks."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from dagster import AssetCheckSpec, AssetKey, AssetSpec, BetaWarning, TableColumn, TableSchema
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtProject

from bandcamp_assets.components.dbt.check_description import describe_check

DEFAULT_OWNERS = ("team:data-engineering",)


class BandcampTranslator(DagsterDbtTranslator):
    """Asset keys are the plain names of models, seeds and source tables. Tests become checks.

    Kinds (dbt and the warehouse), descriptions, tags and code versions are dagster-dbt's own.
    """

    def __init__(self) -> None:
        super().__init__(
            DagsterDbtTranslatorSettings(
                enable_asset_checks=True, enable_source_tests_as_checks=True, enable_code_references=True
            )
        )

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None) -> AssetSpec:
        """The spec of dagster-dbt, with a link to the node's file, and with the bare names of its columns.

        A run adds their types and descriptions, and to these what each column is made from. The UI would prefer a
        description of the spec.
        """
        with warnings.catch_warnings():
            # dagster-dbt warns about its own use of Dagster's code references, twice for each node.
            warnings.simplefilter("ignore", BetaWarning)
            spec = super().get_asset_spec(manifest, unique_id, project)
        documented = spec.metadata.get("dagster/column_schema")
        if documented is None:
            return spec
        bare = TableSchema([TableColumn(column.name) for column in documented.columns])
        return spec.merge_attributes(metadata={"dagster/column_schema": bare})

    def get_asset_check_spec(
        self, asset_spec: AssetSpec, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> AssetCheckSpec | None:
        """As dagster-dbt makes it, with a sentence on what it checks."""
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        return spec and spec._replace(description=describe_check(manifest["nodes"][unique_id]))

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> AssetKey:
        """The name. The key of a source is its `meta.dagster.asset_key`, or else its name."""
        configured = _dagster_meta(dbt_resource_props).get("asset_key")
        return AssetKey(configured or [dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The group in `meta.dagster.group`, or else the folders of the node: `marts_time` for `marts/time`."""
        folders = "_".join(dbt_resource_props["fqn"][1:-1]) or f"{dbt_resource_props['resource_type']}s"
        return str(_dagster_meta(dbt_resource_props).get("group", folders))

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> Sequence[str]:
        """The owners in `meta.dagster.owners`, or else the data engineers."""
        return list(_dagster_meta(dbt_resource_props).get("owners", DEFAULT_OWNERS))


def _dagster_meta(dbt_resource_props: Mapping[str, Any]) -> Mapping[str, Any]:
    meta = dbt_resource_props.get("meta") or dbt_resource_props.get("config", {}).get("meta") or {}
    found: Mapping[str, Any] = meta.get("dagster", {})
    return found
