"""A bucket and a dataset for each test in the emulated Google Cloud, behind proxies that can inject faults."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from google.cloud import bigquery, storage

from bandcamp_assets.storage.google_cloud.place import GoogleCloud
from bandcamp_assets.system.home import Home
from bandcamp_assets_tests.emulators.fixtures import google_cloud, place
from bandcamp_assets_tests.emulators.google_cloud import GoogleCloud as EmulatedGoogleCloud
from bandcamp_assets_tests.emulators.google_cloud import Place, bigquery_client, storage_client
from bandcamp_assets_tests.emulators.proxy import FaultProxy
from bandcamp_assets_tests.patience import PATIENCE_SECONDS

__all__ = ["google_cloud", "place"]


@dataclass(frozen=True)
class Cloud:
    """Google Cloud as one test sees it.

    Attributes:
        place: The deployment's settings. Its endpoints are the proxies.
        storage: The proxy before Cloud Storage.
        bigquery: The proxy before BigQuery.
        emulated: The emulators behind them.
    """

    place: GoogleCloud
    storage: FaultProxy
    bigquery: FaultProxy
    emulated: EmulatedGoogleCloud

    def bucket(self) -> storage.Bucket:
        """The bucket, without the proxy."""
        return storage_client(self.emulated.storage_endpoint).bucket(self.place.bucket)

    def warehouse(self) -> bigquery.Client:
        """BigQuery, without the proxy."""
        return bigquery_client(self.emulated.bigquery_endpoint)

    def environment(self) -> dict[str, str]:
        """The settings as environment variables."""
        return {
            "BANDCAMP_DEPLOYMENT": "gcp",
            "BANDCAMP_GCP_PROJECT": self.place.project,
            "BANDCAMP_GCP_BUCKET": self.place.bucket,
            "BANDCAMP_GCP_DATASET": self.place.dataset,
            "BANDCAMP_GCP_LOCATION": self.place.location,
            "BANDCAMP_GCP_TIMEOUT_SECONDS": str(self.place.timeout_seconds),
            "BANDCAMP_GCP_STORAGE_ENDPOINT": self.place.storage_endpoint,
            "BANDCAMP_GCP_BIGQUERY_ENDPOINT": self.place.bigquery_endpoint,
            "NO_GCE_CHECK": "true",
        }

    def with_settings(self, **changes: object) -> GoogleCloud:
        """The settings with some changes."""
        return replace(self.place, **changes)  # type: ignore[arg-type]


@contextmanager
def behind_proxies(google_cloud: EmulatedGoogleCloud, place: Place, principal: str = "") -> Iterator[Cloud]:
    """A bucket and a dataset behind proxies, for a principal. Tests of the time limit of requests shorten it."""
    with (
        FaultProxy(google_cloud.storage_endpoint, principal) as storage,
        FaultProxy(google_cloud.bigquery_endpoint, principal) as big,
    ):
        settings = GoogleCloud(
            project=place.project,
            bucket=place.bucket,
            dataset=place.dataset,
            location=place.location,
            timeout_seconds=int(PATIENCE_SECONDS),
            storage_endpoint=storage.endpoint,
            bigquery_endpoint=big.endpoint,
        )
        yield Cloud(settings, storage, big, google_cloud)


@pytest.fixture
def cloud(google_cloud: EmulatedGoogleCloud, place: Place) -> Iterator[Cloud]:
    """A fresh bucket and dataset."""
    with behind_proxies(google_cloud, place) as cloud:
        yield cloud


@pytest.fixture
def own_home(tmp_path: Path) -> Home:
    """A prepared home."""
    home = Home(tmp_path / "home")
    home.prepare()
    return home
