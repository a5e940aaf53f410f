"""Under which code location the UI shows runs of the command line.

`execute_in_process` records no origin of a run. Without one, Dagster's timeline does not show the run, and nobody
can repeat it from the UI. The classes of an origin are private; a browser test says whether they still work.
"""

from __future__ import annotations

import functools

import dagster as dg
from dagster._core.remote_origin import InProcessCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

CODE_LOCATION = "bandcamp"
"""The name of the code location. `workspace.yaml` and `pyproject.toml` say the same."""

DEFINITIONS = "bandcamp_assets.definitions"
"""The module that the code location loads."""

REPOSITORY = "__repository__"
"""What Dagster calls the only repository of a module with definitions."""


def place_runs(instance: dg.DagsterInstance, job_name: str) -> None:
    """Let the runs that this instance creates from now on be runs of a job in the code location."""
    location = InProcessCodeLocationOrigin(
        LoadableTargetOrigin(module_name=DEFINITIONS), location_name=CODE_LOCATION
    )
    origin = RemoteJobOrigin(RemoteRepositoryOrigin(location, REPOSITORY), job_name)
    create = functools.partial(type(instance).create_run_for_job, instance, remote_job_origin=origin)
    instance.create_run_for_job = create  # type: ignore[method-assign]
