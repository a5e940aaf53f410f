"""Checks that bucket and dataset exist, are in the right location, and may be used. Moves no data."""

from __future__ import annotations

from google.api_core import exceptions as api
from google.cloud import bigquery, storage
from google.cloud.bigquery.retry import DEFAULT_RETRY as BIGQUERY_RETRY
from google.cloud.storage.retry import DEFAULT_RETRY as STORAGE_RETRY

from bandcamp_assets.storage.google_cloud.errors import NO_RETRY, google_errors, message_of
from bandcamp_assets.storage.google_cloud.place import GoogleCloud
from bandcamp_assets.system.errors import PlatformError

REQUEST_SECONDS = 30

BUCKET_PERMISSIONS = (
    "storage.objects.create",
    "storage.objects.delete",
    "storage.objects.get",
    "storage.objects.list",
)

RETENTION_PERMISSION = "storage.objects.setRetention"
"""Needed with `BANDCAMP_GCP_RAW_RETENTION_DAYS`."""

TABLE_PERMISSIONS = ("bigquery.tables.getData", "bigquery.tables.update", "bigquery.tables.updateData")


def verify_bucket(client: storage.Client, place: GoogleCloud) -> str:
    """Check that the bucket exists, is in the right location, and may be written.

    Returns:
        The findings, in a few words.

    Raises:
        PlatformError: If one of these is wrong.
    """
    where = f"bucket gs://{place.bucket}"
    with google_errors(where, role="roles/storage.legacyBucketReader and roles/storage.objectUser on the bucket"):
        try:
            bucket = client.get_bucket(
                place.bucket, retry=STORAGE_RETRY.with_timeout(place.timeout_seconds), timeout=REQUEST_SECONDS
            )
        except api.NotFound as error:
            raise PlatformError(
                "The bucket does not exist",
                where=where,
                remedy="create it (infra/terraform does), or set BANDCAMP_GCP_BUCKET to the one you mean",
            ) from error
        _compare_location(bucket.location, place, where)
        wanted = {*BUCKET_PERMISSIONS, *([RETENTION_PERMISSION] if place.raw_retention_days else [])}
        missing = wanted - set(bucket.test_iam_permissions(sorted(wanted), timeout=REQUEST_SECONDS))
    if missing == {RETENTION_PERMISSION}:
        _refuse_missing(
            missing, where, "the role for object retention (infra/terraform: object_retention_enabled)"
        )
    _refuse_missing(missing, where, "roles/storage.objectUser on the bucket")
    return f"in {bucket.location}, {bucket.storage_class}, objects can be written"


def verify_dataset(client: bigquery.Client, place: GoogleCloud) -> str:
    """Check that the dataset exists, is in the right location, and that jobs may run in the project.

    Returns:
        The findings, in a few words.

    Raises:
        PlatformError: If one of these is wrong.
    """
    where = f"dataset {place.dataset_id}"
    with google_errors(where, role="roles/bigquery.dataEditor on the dataset"):
        try:
            dataset = client.get_dataset(
                place.dataset_id, retry=BIGQUERY_RETRY.with_timeout(place.timeout_seconds), timeout=REQUEST_SECONDS
            )
        except api.NotFound as error:
            # BigQuery answers with the same status if the project does not exist.
            raise _nothing_there(error, place, where) from error
    _compare_location(dataset.location, place, where)
    _verify_jobs(client, place)
    return f"in {dataset.location}, jobs can be run"


def verify_table(client: bigquery.Client, place: GoogleCloud, table: str) -> str:
    """Check that an existing table may be read and written.

    Raises:
        PlatformError: If a permission is missing.
    """
    where = f"table {place.dataset_id}.{table}"
    with google_errors(where, role="roles/bigquery.dataEditor on the dataset"):
        answer = client.test_iam_permissions(
            f"{place.dataset_id}.{table}", list(TABLE_PERMISSIONS), timeout=REQUEST_SECONDS
        )
    granted = set(answer.get("permissions", []))
    _refuse_missing(set(TABLE_PERMISSIONS) - granted, where, "roles/bigquery.dataEditor on the dataset")
    return "can be read and written"


def _verify_jobs(client: bigquery.Client, place: GoogleCloud) -> None:
    config = bigquery.QueryJobConfig(dry_run=True, use_query_cache=False)
    with google_errors(f"project {place.project}", role="roles/bigquery.jobUser on the project"):
        client.query("select 1", job_config=config, timeout=REQUEST_SECONDS, retry=NO_RETRY, job_retry=None)


def _nothing_there(error: api.NotFound, place: GoogleCloud, where: str) -> PlatformError:
    if message_of(error).lower().startswith("not found: project"):
        return PlatformError(
            "The project does not exist, or is not visible to these credentials",
            where=f"project {place.project}",
            remedy="set BANDCAMP_GCP_PROJECT to the one you mean, or ask for access to it",
        )
    return PlatformError(
        "The dataset does not exist",
        where=where,
        remedy="create it (infra/terraform does), or set BANDCAMP_GCP_DATASET to the one you mean",
    )


def _compare_location(found: str | None, place: GoogleCloud, where: str) -> None:
    if (found or "").lower() != place.location.lower():
        raise PlatformError(
            f"It is in {found}, not in {place.location}",
            where=where,
            remedy=f"set BANDCAMP_GCP_LOCATION to {found}, or use one that is in {place.location}",
        )


def _refuse_missing(missing: set[str], where: str, role: str) -> None:
    if missing:
        raise PlatformError(
            f"These credentials lack {', '.join(sorted(missing))}", where=where, remedy=f"grant {role}"
        )
