"""dagster-gcp's resources for the deployment's project. Assets that users add can take `gcs` or `bigquery`.

They give the same clients as the platform's own stores use, with its credentials and impersonation. This is not in
`defs`, as the local deployment does not import Google's packages.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dagster_gcp import BigQueryResource, GCSResource
from google.cloud import bigquery, storage
from pydantic import PrivateAttr

from bandcamp_assets.storage.google_cloud.clients import bigquery_client, storage_client
from bandcamp_assets.storage.google_cloud.place import GoogleCloud


class CloudStorage(GCSResource):
    """Clients of Cloud Storage."""

    _place: GoogleCloud = PrivateAttr()

    @classmethod
    def of(cls, place: GoogleCloud) -> CloudStorage:
        """The resource for the deployment's settings."""
        resource = cls(project=place.project)
        resource._place = place
        return resource

    def get_client(self) -> storage.Client:
        """A client. Reads the credentials, but makes no request.

        Raises:
            PlatformError: If there are no credentials.
        """
        return storage_client(self._place)


class BigQuery(BigQueryResource):
    """Clients of BigQuery."""

    _place: GoogleCloud = PrivateAttr()

    @classmethod
    def of(cls, place: GoogleCloud) -> BigQuery:
        """The resource for the deployment's settings."""
        resource = cls(project=place.project, location=place.location)
        resource._place = place
        return resource

    @contextmanager
    def get_client(self) -> Iterator[bigquery.Client]:
        """A client, closed afterwards. Reads the credentials, but makes no request.

        Raises:
            PlatformError: If there are no credentials.
        """
        client = bigquery_client(self._place)
        try:
            yield client
        finally:
            client.close()  # type: ignore[no-untyped-call]
