"""Assigns runs of the command line to the code location, so that the UI shows them.

`execute_in_process` does not record the origin of a run. Without an origin, Dagster's timeline does not show the
run, and nobody can repeat it from the UI. The classes of an origin are private to Dagster; a browser test shows
whether they still work.
"""

from __future__ import annotations

import functools

import dagster as dg
from dagster._core.remote_origin import InProcessCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

CODE_LOCATION = "bandcamp"
"""The name of the code location. `workspace.yaml` and `pyproject.toml` use the same one."""

DEFINITIONS = "bandcamp_assets.definitions"
"""The module that the code location loads."""

REPOSITORY = "__repository__"
"""Dagster's name for the only repository of a module with definitions."""


def place_runs(instance: dg.DagsterInstance, job_name: str) -> None:
    """Make the runs that this instance creates from now on runs of a job in the code location."""
    location = InProcessCodeLocationOrigin(
        LoadableTargetOrigin(module_name=DEFINITIONS), location_name=CODE_LOCATION
    )
    origin = RemoteJobOrigin(RemoteRepositoryOrigin(location, REPOSITORY), job_name)
    create = functools.partial(type(instance).create_run_for_job, instance, remote_job_origin=origin)
    instance.create_run_for_job = create  # type: ignore[method-assign]
