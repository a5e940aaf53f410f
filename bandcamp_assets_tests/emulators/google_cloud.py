"""A Google Cloud project on loopback: both emulators, places to work in, and the real clients for them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery, storage  # type: ignore[attr-defined] # storage is untyped

from bandcamp_assets_tests.emulators.launcher import Emulator, bigquery_emulator, storage_emulator
from bandcamp_assets_tests.emulators.permissions import OWNER, PROJECT_ITSELF, grant_only

PROJECT = "bandcamp-tests"
LOCATION = "EU"


@dataclass(frozen=True)
class Place:
    """A bucket and a dataset that nobody else uses.

    Args:
        project: The project of both.
        bucket: The bucket's name; it is empty.
        dataset: The dataset's id; it holds no table.
        location: Where both are.
    """

    project: str
    bucket: str
    dataset: str
    location: str


@dataclass
class GoogleCloud:
    """Both emulators on folders below one, and what tests need of them.

    Args:
        folder: Everything lies below it.
        project: The one project there is.
        location: Where fresh buckets and datasets are made.
    """

    folder: Path
    project: str = PROJECT
    location: str = LOCATION
    storage: Emulator = field(init=False)
    bigquery: Emulator = field(init=False)
    _numbers: itertools.count[int] = field(default_factory=itertools.count, init=False, repr=False)

    def __post_init__(self) -> None:
        objects = self.folder / "storage"
        self.storage = storage_emulator(objects, project=self.project)
        self.bigquery = bigquery_emulator(self.folder / "bigquery", storage=objects, project=self.project)

    def start(self) -> GoogleCloud:
        """Starts both and returns when they answer."""
        self.storage.start()
        self.bigquery.start()
        return self

    def stop(self) -> None:
        """Ends both."""
        self.bigquery.stop()
        self.storage.stop()

    @property
    def storage_endpoint(self) -> str:
        """The address of GCS."""
        return self.storage.endpoint

    @property
    def bigquery_endpoint(self) -> str:
        """The address of BigQuery."""
        return self.bigquery.endpoint

    def fresh(self) -> Place:
        """A new bucket and a new dataset."""
        number = next(self._numbers)
        place = Place(self.project, f"bucket-{number}", f"dataset_{number}", self.location)
        with_storage = storage_client(self.storage_endpoint, self.project)
        with_storage.create_bucket(place.bucket, location=self.location)
        with_bigquery = bigquery_client(self.bigquery_endpoint, self.project, location=self.location)
        dataset = bigquery.Dataset(f"{self.project}.{place.dataset}")
        dataset.location = self.location
        with_bigquery.create_dataset(dataset)
        return place

    def grant_only(
        self,
        place: Place,
        *,
        on_bucket: Iterable[str] | None = None,
        on_dataset: Iterable[str] | None = None,
        on_project: Iterable[str] | None = None,
        principal: str = OWNER,
    ) -> None:
        """Takes all other permissions away from a principal, on the bucket, the dataset or the project."""
        for part, resource, permissions in (
            ("storage", place.bucket, on_bucket),
            ("bigquery", place.dataset, on_dataset),
            ("bigquery", PROJECT_ITSELF, on_project),
        ):
            if permissions is not None:
                grant_only(self.folder / part, resource, permissions, principal)

    def job_requests(self) -> list[dict[str, Any]]:
        """The bodies of all requests for jobs so far, oldest first, as they were sent."""
        record = self.folder / "bigquery" / "requests.jsonl"
        if not record.exists():
            return []
        return [json.loads(line)["body"] for line in record.read_text().splitlines()]


def storage_client(endpoint: str, project: str = PROJECT) -> storage.Client:
    """The real client of GCS, pointed at an address of loopback."""
    return storage.Client(project=project, credentials=_nobody(), client_options={"api_endpoint": endpoint})


def bigquery_client(endpoint: str, project: str = PROJECT, location: str | None = LOCATION) -> bigquery.Client:
    """The real client of BigQuery, pointed at an address of loopback."""
    return bigquery.Client(
        project=project,
        credentials=_nobody(),
        client_options={"api_endpoint": endpoint},
        location=location,
    )


def _nobody() -> AnonymousCredentials:
    return AnonymousCredentials()  # type: ignore[no-untyped-call]
