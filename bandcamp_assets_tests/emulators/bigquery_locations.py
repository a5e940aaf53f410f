"""Locations: a job runs where its datasets are, and is found only there. The emulator has one location, `US`."""

from __future__ import annotations

from typing import Any

from bqemulator.api.dependencies import AppContext
from bqemulator.domain.errors import NotFoundError

from bandcamp_assets_tests.emulators.bigquery_asgi import Request
from bandcamp_assets_tests.emulators.bigquery_references import datasets_of

_DEFAULT = "US"
_FOUND_WITHOUT_LOCATION = {"US", "EU"}


class Locations:
    """The locations of one project's datasets and jobs.

    Args:
        context: The emulator's, for its catalog.
        project: The one project that exists.
    """

    def __init__(self, context: AppContext, project: str) -> None:
        self._catalog = context.catalog
        self._project = project
        self._of_jobs: dict[str, str] = {}

    def check_new_job(self, body: dict[str, Any]) -> None:
        """Refuses a job that is sent elsewhere than to its datasets."""
        configuration = body.get("configuration") or {"query": body}
        asked = body.get("location") or body.get("jobReference", {}).get("location")
        for dataset in datasets_of(configuration, self._project):
            known = self._catalog.get_dataset(self._project, dataset)
            if asked and known and known.location.upper() != asked.upper():
                raise NotFoundError(
                    f"Not found: Dataset {self._project}:{dataset} was not found in location {asked}"
                )

    def check_known_job(self, job_id: str | None, request: Request) -> None:
        """Refuses to find a job elsewhere than where it ran."""
        job = self._catalog.get_job(self._project, job_id) if job_id else None
        if job is None or job_id is None:
            return
        location = self._of_jobs.get(job_id) or self.of_configuration(job.configuration)
        asked = request.query.get("location", [None])[0]
        if asked is None and location.upper() in _FOUND_WITHOUT_LOCATION:
            return
        if asked is None or asked.upper() != location.upper():
            raise NotFoundError(f"Not found: Job {self._project}:{asked or _DEFAULT}.{job_id}")

    def remember(self, job_id: str | None, body: dict[str, Any]) -> None:
        """Keeps where a job was sent, while the process lives."""
        if job_id and (location := body["jobReference"].get("location")):
            self._of_jobs[job_id] = location

    def of_job(self, job: dict[str, Any]) -> str:
        """Where a job ran."""
        known = self._of_jobs.get(job["jobReference"].get("jobId", ""))
        return known or self.of_configuration(job.get("configuration", {}))

    def of_configuration(self, configuration: dict[str, Any]) -> str:
        """Where a job with this configuration runs that was not sent to a place: where its datasets are."""
        for dataset in datasets_of(configuration, self._project):
            known = self._catalog.get_dataset(self._project, dataset)
            if known is not None:
                return str(known.location)
        return _DEFAULT
