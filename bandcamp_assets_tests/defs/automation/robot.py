"""The daemon's work without a daemon: evaluates rules on a real instance and executes their requests."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import dagster as dg
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

from bandcamp_assets.cli.prepare import prepare_deployment
from bandcamp_assets.definitions import load_definitions
from bandcamp_assets.system.instance.local import open_instance, process_tag
from bandcamp_assets_tests.homes import TestHome

SENSORS = ("dropped_files", "build_what_changed")


@contextmanager
def _collecting_nothing() -> Iterator[None]:
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@dataclass
class Robot:
    """A graph on a home, with its own instance.

    Attributes:
        home: The home.
        settings: Further settings.
        asked: The executed requests, in order.
    """

    home: TestHome
    settings: dict[str, str] = field(default_factory=dict)
    asked: list[dg.RunRequest] = field(default_factory=list)

    def __post_init__(self) -> None:
        env = {"BANDCAMP_HOME": str(self.home.root), **self.settings}
        self.deployment = prepare_deployment(env)
        # Dagster needs a live instance for this, once the process has had one. If the instance of an earlier test
        # were collected meanwhile, Dagster would take that for the present one.
        with _collecting_nothing(), open_instance(self.deployment.settings.home):
            self.definitions = load_definitions(self.deployment)
            self.definitions.get_repository_def()

    def sensor(self, name: str) -> dg.RunRequest | str:
        """Evaluate a sensor: its request, or the reason why it has none."""
        with open_instance(self.deployment.settings.home) as instance:
            context = dg.build_sensor_context(
                instance,
                repository_def=self.definitions.get_repository_def(),
                sensor_name=name,
                resources=dict(self.definitions.resources or {}),
            )
            found = self.definitions.resolve_sensor_def(name).evaluate_tick(context)
        return found.run_requests[0] if found.run_requests else str(found.skip_message)

    def schedule(self, name: str) -> dg.RunRequest | str:
        """Evaluate a schedule now."""
        with open_instance(self.deployment.settings.home) as instance:
            context = dg.build_schedule_context(
                instance,
                scheduled_execution_time=datetime.now(UTC),
                repository_def=self.definitions.get_repository_def(),
                resources=dict(self.definitions.resources or {}),
            )
            found = self.definitions.resolve_schedule_def(name).evaluate_tick(context)
        return found.run_requests[0] if found.run_requests else str(found.skip_message)

    def execute(self, request: dg.RunRequest, job: str = "") -> dg.ExecuteInProcessResult:
        """Execute the request of a rule in this process."""
        self.asked.append(request)
        definition = (
            self.definitions.resolve_job_def(job)
            if job
            else self.definitions.resolve_implicit_global_asset_job_def()
        )
        with open_instance(self.deployment.settings.home) as instance:
            return definition.execute_in_process(
                instance=instance,
                asset_selection=list(request.asset_selection) if request.asset_selection else None,
                run_config=dict(request.run_config),
                tags={**process_tag(), **request.tags},
                raise_on_error=False,
            )

    def work(self) -> list[str]:
        """Let both sensors tick until neither asks for a run. Returns a line for each run: rule and days."""
        lines = []
        for _ in range(20):
            for name, job in zip(SENSORS, ("land", ""), strict=True):
                request = self.sensor(name)
                if isinstance(request, dg.RunRequest):
                    assert self.execute(request, job).success
                    lines.append(f"{name} {days_of(request)}".strip())
                    break
            else:
                return lines
        raise AssertionError(f"no end of runs: {lines}")


def days_of(request: dg.RunRequest) -> str:
    """The range of days of a request."""
    first = request.tags.get(ASSET_PARTITION_RANGE_START_TAG, "")
    last = request.tags.get(ASSET_PARTITION_RANGE_END_TAG, "")
    return first if first == last else f"{first} to {last}"
