"""Load jobs: each loads one day's object into one partition of `sales`, exactly once.

The id of a job says what it loads: the day, the object's generation, and the number of the load of these two.
BigQuery runs an id only once. So a request that is sent again after a lost answer finds the job that the first one
started. A run that follows a killed one finds its running job and waits for it, instead of starting another one.
Each day is a job of its own, because only then BigQuery replaces a partition in one step. Until that step, readers
see the old partition.
"""

from __future__ import annotations

import io
import time
import uuid
from dataclasses import dataclass, replace
from datetime import date
from typing import cast

import requests
from google.api_core import exceptions as api
from google.auth.exceptions import TransportError
from google.cloud import bigquery
from google.cloud.bigquery.retry import DEFAULT_RETRY

from bandcamp_assets.contract.dialects import parquet_schema
from bandcamp_assets.contract.sale import Sale
from bandcamp_assets.storage.google_cloud.errors import NO_RETRY, google_errors, refusal
from bandcamp_assets.storage.google_cloud.place import GoogleCloud
from bandcamp_assets.storage.objects import StoredObject
from bandcamp_assets.storage.warehouse.bigquery_table import TABLE, sales_table
from bandcamp_assets.system.errors import PlatformError

REQUEST_SECONDS = 60
MAX_ATTEMPTS = 5
_LOST = (ConnectionError, requests.RequestException, TransportError, api.ServerError, api.TooManyRequests)
_TRANSIENT = (
    *("backendError", "internalError", "rateLimitExceeded", "quotaExceeded", "tableUnavailable"),
    *("jobBackendError", "jobInternalError", "jobRateLimitExceeded"),
)
"""Reasons of failed jobs for which BigQuery's page of errors says to try again. A quota may be of seconds."""

_LOAD_ROLES = "roles/bigquery.jobUser on the project and roles/bigquery.dataEditor on the dataset"
_JOB_ROLES = (
    "roles/bigquery.dataEditor on the dataset, and roles/storage.objectUser and roles/storage.legacyBucketReader"
    " on the bucket"
)


class _UnknownJobError(Exception):
    """BigQuery does not say whether a job with this id exists: it would be that of another principal."""


def load_day(
    client: bigquery.Client, place: GoogleCloud, day: date, held: StoredObject | None
) -> bigquery.LoadJob:
    """Replace one day's partition by an object, or by nothing.

    Args:
        client: The client of BigQuery.
        place: The settings with the dataset.
        day: The partition.
        held: The object, or None for a day without sales.

    Returns:
        The load job.

    Raises:
        PlatformError: If the job failed. The partition is then unchanged.
    """
    load = _Load(client, place, day, held)
    with google_errors(load.where, role=_LOAD_ROLES):
        try:
            return _run(load)
        except _UnknownJobError:
            # Under ids that nobody has used yet. A load that runs twice leaves the same partition.
            return _run(replace(load, suffix=f"-{uuid.uuid4().hex}"))


def _run(load: _Load) -> bigquery.LoadJob:
    place, number = load.place, 0
    for attempt in range(MAX_ATTEMPTS):
        job = load.start(number)
        if job is None:
            number = load.first_unused_number()
            job = load.running(number - 1) or load.start(number)
        if job is None:
            continue
        _wait(job, place)
        if job.error_result is None:
            return job
        if job.error_result.get("reason") not in _TRANSIENT or attempt == MAX_ATTEMPTS - 1:
            raise _failure(job, load.where)
        time.sleep(min(2**attempt, place.timeout_seconds))
        number += 1
    raise PlatformError(
        "Other runs keep loading the same day", where=load.where, remedy="let them end, and run again"
    )


def job_id(place: GoogleCloud, day: date, held: StoredObject | None, number: int) -> str:
    """The id of a load of an object into a day. `number` counts these loads from 0."""
    content = str(held.generation) if held else "empty"
    return f"bandcamp-load-{place.dataset}-{day:%Y%m%d}-{content}-{number}"


@dataclass(frozen=True)
class _Load:
    """The loads of one object into one day. Each load takes the first unused number. Numbers have no gaps.

    Attributes:
        suffix: The end of the ids of its jobs, if others may have used those without it.
    """

    client: bigquery.Client
    place: GoogleCloud
    day: date
    held: StoredObject | None
    suffix: str = ""

    @property
    def where(self) -> str:
        return f"partition {self.day} of {self.place.dataset_id}.{TABLE}"

    def start(self, number: int) -> bigquery.LoadJob | None:
        """Start the load with this number, or join it if it is running; None if it has ended before."""
        for sent in range(MAX_ATTEMPTS):
            try:
                return self._send(number)
            except api.Conflict:
                # If it was sent before, it is our own, whose answer was lost. Otherwise it is an earlier run's.
                return self._job(number) if sent else self.running(number)
            except _LOST:
                if sent == MAX_ATTEMPTS - 1:
                    raise
                time.sleep(min(2**sent, self.place.timeout_seconds))
        return None

    def running(self, number: int) -> bigquery.LoadJob | None:
        """The load with this number, if it has not ended."""
        job = self._job(number)
        return job if job is not None and job.state != "DONE" else None

    def first_unused_number(self) -> int:
        """The first unused number. Takes a few requests, however often the object was loaded."""
        unused = 1
        while self._job(unused) is not None:
            unused *= 2
        used = unused // 2
        while unused - used > 1:
            middle = (used + unused) // 2
            used, unused = (used, middle) if self._job(middle) is None else (middle, unused)
        return unused

    def _id(self, number: int) -> str:
        return job_id(self.place, self.day, self.held, number) + self.suffix

    def _job(self, number: int) -> bigquery.LoadJob | None:
        try:
            job = self.client.get_job(
                self._id(number),
                location=self.place.location,
                retry=DEFAULT_RETRY.with_timeout(self.place.timeout_seconds),
                timeout=REQUEST_SECONDS,
            )
        except api.NotFound:
            return None
        except api.Forbidden as error:
            if self.suffix:
                raise
            raise _UnknownJobError from error
        return cast("bigquery.LoadJob", job)

    def _send(self, number: int) -> bigquery.LoadJob:
        # Without the client's own retries, which would hide that an answer was lost.
        partition = f"{self.place.dataset_id}.{TABLE}${self.day:%Y%m%d}"
        name = self._id(number)
        config = _config(self.place, self.day)
        if self.held is None:
            file = _no_sales()
            return self.client.load_table_from_file(
                io.BytesIO(file),
                partition,
                size=len(file),
                num_retries=0,
                job_id=name,
                location=self.place.location,
                job_config=config,
                timeout=REQUEST_SECONDS,
            )
        return self.client.load_table_from_uri(
            self.held.uri,
            partition,
            job_id=name,
            location=self.place.location,
            job_config=config,
            retry=NO_RETRY,
            timeout=REQUEST_SECONDS,
        )


def _config(place: GoogleCloud, day: date) -> bigquery.LoadJobConfig:
    table = sales_table(place)
    return bigquery.LoadJobConfig(
        source_format=bigquery.SourceFormat.PARQUET,
        schema=table.schema,
        time_partitioning=table.time_partitioning,
        clustering_fields=table.clustering_fields,
        create_disposition=bigquery.CreateDisposition.CREATE_NEVER,
        write_disposition=bigquery.WriteDisposition.WRITE_TRUNCATE,
        labels={**table.labels, "sale_date": day.isoformat()},
    )


def _no_sales() -> bytes:
    """A Parquet file without rows, with every column and its type."""
    file = io.BytesIO()
    Sale.create_empty().write_parquet(file, arrow_schema=parquet_schema())
    return file.getvalue()


def _wait(job: bigquery.LoadJob, place: GoogleCloud) -> None:
    """Wait until a job has succeeded or failed."""
    give_up = time.monotonic() + place.timeout_seconds
    seconds = 0.2
    while not job.done(timeout=REQUEST_SECONDS):
        if time.monotonic() > give_up:
            raise PlatformError(
                f"A load job has not ended after {place.timeout_seconds} seconds",
                where=f"job {job.project}:{job.location}.{job.job_id}",
                remedy="run again, which waits for the same job; or raise BANDCAMP_GCP_TIMEOUT_SECONDS",
            )
        time.sleep(seconds)
        seconds = min(seconds * 1.5, 5.0)


def _failure(job: bigquery.LoadJob, where: str) -> PlatformError:
    """The error of a failed job, with all messages of its error stream, each once."""
    streamed = [str(error.get("message", "")).strip() for error in job.errors or [job.error_result or {}]]
    messages = list(dict.fromkeys(message.rstrip(".") for message in streamed if message))
    reason = (job.error_result or {}).get("reason", "")
    kind = api.Forbidden if reason == "accessDenied" else api.GoogleAPICallError
    refused = kind("", errors=[job.error_result or {}])  # type: ignore[no-untyped-call]
    return PlatformError(
        f"A load job failed ({reason}): {'; '.join(messages[:3])}",
        where=f"{where}, job {job.project}:{job.location}.{job.job_id}",
        remedy="materialize sales_objects for that day again, then sales; the partition is unchanged"
        if reason in ("invalid", "notFound")
        else refusal(refused, where, _JOB_ROLES).remedy,
    )
