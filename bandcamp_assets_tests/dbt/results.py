"""The events of a run, as tests read them."""

from __future__ import annotations

from typing import Any

from dagster import AssetCheckEvaluation, AssetKey, AssetMaterialization, ExecuteInProcessResult


def materializations(result: ExecuteInProcessResult) -> list[AssetMaterialization]:
    """The materializations of all assets, in their order."""
    return [
        event.step_materialization_data.materialization
        for event in result.all_events
        if event.is_step_materialization
    ]


def metadata_of(result: ExecuteInProcessResult, name: str) -> dict[str, Any]:
    """The metadata of the last materialization of an asset."""
    [*_, last] = [one for one in materializations(result) if one.asset_key == AssetKey(name)]
    return {key: value.value for key, value in last.metadata.items()}


def checks_of(result: ExecuteInProcessResult) -> dict[str, AssetCheckEvaluation]:
    """The evaluations of checks, by name."""
    return {one.check_name: one for one in result.get_asset_check_evaluations()}


def error_of(result: ExecuteInProcessResult) -> str:
    """The error message of the only failed step."""
    [failure] = [event for event in result.all_events if event.is_step_failure]
    error = failure.step_failure_data.error
    assert error is not None
    assert error.cause is not None
    return error.cause.message
