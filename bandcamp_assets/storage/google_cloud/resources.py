"""dagster-gcp's resources, which also impersonate a service account and reach an emulator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dagster_gcp import BigQueryResource, GCSResource
from google.cloud import bigquery, storage

from bandcamp_assets.storage.google_cloud.credentials import obtain_credentials
from bandcamp_assets.storage.google_cloud.place import GoogleCloud


class CloudStorage(GCSResource):
    """Clients of Cloud Storage.

    Attributes:
        impersonate: Service account to act as; empty to act as oneself.
        endpoint: Address of an emulator; empty for the real service.
    """

    impersonate: str = ""
    endpoint: str = ""

    @classmethod
    def of(cls, place: GoogleCloud) -> CloudStorage:
        """The resource for a deployment's place."""
        return cls(project=place.project, impersonate=place.impersonate, endpoint=place.storage_endpoint)

    def get_client(self) -> storage.Client:
        """A client. Makes no request, but reads the credentials.

        Raises:
            PlatformError: If there are no credentials.
        """
        return storage.Client(
            project=self.project,
            credentials=obtain_credentials(self.impersonate, self.endpoint),
            client_options={"api_endpoint": self.endpoint} if self.endpoint else None,
        )


class BigQuery(BigQueryResource):
    """Clients of BigQuery.

    Attributes:
        impersonate: Service account to act as; empty to act as oneself.
        endpoint: Address of an emulator; empty for the real service.
    """

    impersonate: str = ""
    endpoint: str = ""

    @classmethod
    def of(cls, place: GoogleCloud) -> BigQuery:
        """The resource for a deployment's place."""
        return cls(
            project=place.project,
            location=place.location,
            impersonate=place.impersonate,
            endpoint=place.bigquery_endpoint,
        )

    @contextmanager
    def get_client(self) -> Iterator[bigquery.Client]:
        """A client, closed afterwards. Makes no request, but reads the credentials.

        Raises:
            PlatformError: If there are no credentials.
        """
        client = bigquery.Client(
            project=self.project,
            location=self.location,
            credentials=obtain_credentials(self.impersonate, self.endpoint),
            client_options={"api_endpoint": self.endpoint} if self.endpoint else None,
        )
        try:
            yield client
        finally:
            client.close()  # type: ignore[no-untyped-call]
