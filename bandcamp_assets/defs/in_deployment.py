"""Adds to each asset what depends on the deployment: its days, code, storage, and how old it may become."""

from __future__ import annotations

import inspect
import os
from datetime import date
from typing import Any, Final

import dagster as dg
from dagster_shared.record import replace

from bandcamp_assets.defs.freshness import freshness_of
from bandcamp_assets.defs.partitions import held_days
from bandcamp_assets.defs.stored import storage_of, tags_of
from bandcamp_assets.deployment.deployment import Deployment
from bandcamp_assets.system.errors import PlatformError

CODE = "dagster/code_references"

LOCAL_UI: Final = "DAGSTER_IS_DEV_CLI"
"""Set by `bandcamp ui`, as by `dagster dev` and `dg dev`, for the processes that load the graph."""


def in_deployment(definitions: dg.Definitions, deployment: Deployment) -> dg.Definitions:
    """Add to each asset what it has in this deployment."""
    code, days = _code_of(definitions), held_days(_days_of(deployment))

    def described(spec: dg.AssetSpec) -> dg.AssetSpec:
        name = spec.key.to_user_string()
        if spec.partitions_def:
            spec = spec.replace_attributes(partitions_def=days)
        if fresh := freshness_of(spec, deployment.settings):
            spec = spec.replace_attributes(freshness_policy=fresh)
        if kind := deployment.kinds.get(name):
            spec = spec.merge_attributes(kinds={kind})
        metadata = storage_of(name, deployment) | code.get(spec.key, {})
        return spec.merge_attributes(metadata=metadata, tags=tags_of(name))

    checks = [_on_days(check, days) for check in definitions.asset_checks or ()]
    return replace(definitions.map_asset_specs(func=described), asset_checks=checks)


def _on_days(check: dg.AssetsDefinition, days: dg.DailyPartitionsDefinition) -> dg.AssetsDefinition:
    """A check whose days are those of its asset, if it has days."""
    specs = check.check_specs_by_output_name
    on_days: dg.AssetsDefinition = dg.AssetChecksDefinition.create(
        keys_by_input_name=check.keys_by_input_name,
        node_def=check.op,
        check_specs_by_output_name={
            name: replace(spec, partitions_def=days) if spec.partitions_def else spec
            for name, spec in specs.items()
        },
        can_subset=check.can_subset,
        resource_defs=check.resource_defs,
    )
    return on_days


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


def _code_of(definitions: dg.Definitions) -> dict[dg.AssetKey, dict[str, object]]:
    """Where the assets in Python are defined. Those of dbt already have this metadata.

    Dagster's own way names the code of a decorator, if the function has one.
    """
    return {
        spec.key: {CODE: _source_of(asset)}
        for asset in definitions.assets or ()
        if isinstance(asset, dg.AssetsDefinition) and not any(CODE in spec.metadata for spec in asset.specs)
        for spec in asset.specs
    }


def _source_of(asset: dg.AssetsDefinition) -> dg.CodeReferencesMetadataValue:
    body: Any = asset.op.compute_fn
    function = inspect.unwrap(body.decorated_fn)
    file, line = inspect.getsourcefile(function), inspect.getsourcelines(function)[1]
    return dg.CodeReferencesMetadataValue(
        code_references=[dg.LocalFileCodeReference(file_path=str(file), line_number=line)]
    )
