"""Google's clients for a deployment. They may act as a service account, or connect to an emulator."""

from __future__ import annotations

from google.cloud import bigquery, storage

from bandcamp_assets.storage.google_cloud.credentials import obtain_credentials
from bandcamp_assets.storage.google_cloud.place import GoogleCloud


def storage_client(place: GoogleCloud) -> storage.Client:
    """A client of Cloud Storage. Reads the credentials, but makes no request.

    Raises:
        PlatformError: If there are no credentials.
    """
    return storage.Client(
        project=place.project,
        credentials=obtain_credentials(place.impersonate, place.storage_endpoint),
        client_options=_options(place.storage_endpoint),
    )


def bigquery_client(place: GoogleCloud) -> bigquery.Client:
    """A client of BigQuery, to be closed by the caller. Reads the credentials, but makes no request.

    Raises:
        PlatformError: If there are no credentials.
    """
    return bigquery.Client(
        project=place.project,
        location=place.location,
        credentials=obtain_credentials(place.impersonate, place.bigquery_endpoint),
        client_options=_options(place.bigquery_endpoint),
    )


def _options(endpoint: str) -> dict[str, str] | None:
    return {"api_endpoint": endpoint} if endpoint else None
