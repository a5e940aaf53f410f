"""Adds to each asset what depends on the deployment: its code, its storage, and how old it may become."""

from __future__ import annotations

import os
from datetime import date
from typing import Final

import dagster as dg

from bandcamp_assets.defs.freshness import freshness_of
from bandcamp_assets.defs.partitions import held_days
from bandcamp_assets.deployment.deployment import Deployment
from bandcamp_assets.system.errors import PlatformError

CODE = "dagster/code_references"

LOCAL_UI: Final = "DAGSTER_IS_DEV_CLI"
"""Set by `bandcamp ui`, as by `dagster dev` and `dg dev`, for the processes that load the graph."""


def in_deployment(definitions: dg.Definitions, deployment: Deployment) -> dg.Definitions:
    """Add to each asset its code, the kind of its store or warehouse, and its freshness policy, if it has one."""
    code, days = _code_of(definitions), held_days(_days_of(deployment))

    def described(spec: dg.AssetSpec) -> dg.AssetSpec:
        name = spec.key.to_user_string()
        if spec.partitions_def:
            spec = spec.replace_attributes(partitions_def=days)
        if fresh := freshness_of(name, deployment.settings):
            spec = spec.replace_attributes(freshness_policy=fresh)
        if kind := deployment.kinds.get(name):
            spec = spec.merge_attributes(kinds={kind})
        return spec.merge_attributes(metadata={CODE: code[spec.key]}) if spec.key in code else spec

    return definitions.map_asset_specs(func=described)


def _days_of(deployment: Deployment) -> set[date]:
    """The days of the home, where a UI on this machine shows them and loads the graph again when they change.

    Elsewhere, as in production, nothing loads the graph again, so it has every day there may be. A catalog that
    cannot be read has no days: the next run makes it anew.
    """
    if not os.environ.get(LOCAL_UI):
        return set()
    try:
        return deployment.catalog.days()
    except PlatformError:
        return set()


def _code_of(definitions: dg.Definitions) -> dict[dg.AssetKey, object]:
    """Where the assets in Python are defined. Those of dbt already have this metadata."""
    of_python = [
        asset
        for asset in definitions.assets or ()
        if isinstance(asset, dg.AssetsDefinition) and not any(CODE in spec.metadata for spec in asset.specs)
    ]
    linked = dg.with_source_code_references(of_python)
    return {
        spec.key: spec.metadata[CODE]
        for asset in linked
        if isinstance(asset, dg.AssetsDefinition)
        for spec in asset.specs
    }
