"""The checked settings of a deployment on Google Cloud: project, bucket, dataset and limits. Opens nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.setting_values import choice, matching, required, web_address, whole_number

STORAGE_CLASSES = ("STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE")

DESCRIPTIONS = {
    "BANDCAMP_GCP_PROJECT": "Id of the Google Cloud project that holds and pays for everything. Required for gcp.",
    "BANDCAMP_GCP_BUCKET": "Name of the bucket for raw files and daily objects. Required for gcp.",
    "BANDCAMP_GCP_LOCATION": "Location of bucket, dataset and jobs, such as EU or europe-west3. Required for gcp.",
    "BANDCAMP_GCP_DATASET": "Name of the BigQuery dataset. Default: bandcamp.",
    "BANDCAMP_GCP_PREFIX": "Folder inside the bucket, for a bucket that holds other things too. Default: none.",
    "BANDCAMP_GCP_STORAGE_CLASS": "Storage class of new objects: STANDARD, NEARLINE, COLDLINE or ARCHIVE. "
    "Default: STANDARD.",
    "BANDCAMP_GCP_RAW_RETENTION_DAYS": "Days for which nobody may delete an archived raw file; the bucket must "
    "have object retention. Default: 0, none.",
    "BANDCAMP_GCP_IMPERSONATE": "E-mail of the service account to act as. Default: act as oneself.",
    "BANDCAMP_GCP_MAX_BYTES_BILLED": "A query that would bill more bytes than this is refused before it runs. "
    "Default: 107374182400 (100 GiB).",
    "BANDCAMP_GCP_TIMEOUT_SECONDS": "Seconds after which a request with its retries, or a job, is given up. "
    "Default: 600.",
    "BANDCAMP_GCP_LOOKER_STUDIO_TEMPLATE": "Id of the Looker Studio report that the link to a new report copies; "
    "its data sources have the marts' names as aliases. Default: none, a blank report.",
    "BANDCAMP_GCP_STORAGE_ENDPOINT": "Address of a Cloud Storage emulator. No credentials are sent to it. "
    "Default: the real one.",
    "BANDCAMP_GCP_BIGQUERY_ENDPOINT": "Address of a BigQuery emulator. No credentials are sent to it. "
    "Default: the real one.",
}
"""The meaning of every setting of this deployment."""

_PROJECT = r"([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]"
_BUCKET = r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]"
_DATASET = r"[A-Za-z0-9_]{1,1024}"
_LOCATION = r"[A-Za-z][A-Za-z0-9-]{1,30}"
_PREFIX = r"[A-Za-z0-9_=-][A-Za-z0-9_.=-]*(/[A-Za-z0-9_=-][A-Za-z0-9_.=-]*)*"
_REPORT_ID = r"[A-Za-z0-9_-]{8,64}"
_SERVICE_ACCOUNT = r"[a-z0-9][a-z0-9-]*@[a-z0-9.-]+\.gserviceaccount\.com"


@dataclass(frozen=True)
class GoogleCloud:
    """Project, bucket and dataset in Google Cloud, and limits.

    Attributes:
        project: Project id.
        bucket: Bucket name.
        location: Location of everything, in upper case for multi-regions.
        dataset: BigQuery dataset.
        prefix: Folder inside the bucket, without slashes at its ends; may be empty.
        storage_class: Storage class of new objects.
        raw_retention_days: Days for which raw files cannot be deleted; 0 for none.
        impersonate: Service account to act as; empty for none.
        maximum_bytes_billed: Limit of a query.
        timeout_seconds: Limit of a request with its retries, and of a job.
        looker_studio_template: Id of the Looker Studio report to copy; empty for a blank one.
        storage_endpoint: Address of an emulator; empty for the real one.
        bigquery_endpoint: Address of an emulator; empty for the real one.
    """

    project: str
    bucket: str
    location: str
    dataset: str = "bandcamp"
    prefix: str = ""
    storage_class: str = "STANDARD"
    raw_retention_days: int = 0
    impersonate: str = ""
    maximum_bytes_billed: int = 100 * 2**30
    timeout_seconds: int = 600
    looker_studio_template: str = ""
    storage_endpoint: str = ""
    bigquery_endpoint: str = ""

    @property
    def is_emulated(self) -> bool:
        """Whether emulators replace the real services."""
        return bool(self.storage_endpoint)

    @property
    def bucket_uri(self) -> str:
        """The bucket and the folder inside it."""
        return f"gs://{self.bucket}/{self.prefix}".rstrip("/")

    @property
    def dataset_id(self) -> str:
        """The dataset with its project."""
        return f"{self.project}.{self.dataset}"

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> GoogleCloud:
        """Read and check the settings in `env`.

        Raises:
            PlatformError: If a setting is missing, or a value is not allowed.
        """

        def given(name: str, default: str = "") -> str:
            return env.get(f"BANDCAMP_GCP_{name}", "").strip() or default

        def fit(name: str, default: str, pattern: str, meaning: str) -> str:
            full = f"BANDCAMP_GCP_{name}"
            value = given(name, default)
            return matching(full, required(full, value, f"a {meaning}"), pattern, meaning)

        place = cls(
            project=fit("PROJECT", "", _PROJECT, "project id of 6 to 30 lower-case letters, digits and hyphens"),
            bucket=fit(
                "BUCKET", "", _BUCKET, "bucket name of 3 to 222 lower-case letters, digits, '-', '_' and '.'"
            ),
            location=_location(fit("LOCATION", "", _LOCATION, "location such as EU, US or europe-west3")),
            dataset=fit("DATASET", "bandcamp", _DATASET, "dataset name of letters, digits and underscores"),
            prefix=_prefix(given("PREFIX")),
            storage_class=choice(
                "BANDCAMP_GCP_STORAGE_CLASS", given("STORAGE_CLASS", "STANDARD"), STORAGE_CLASSES
            ),
            raw_retention_days=_number("RAW_RETENTION_DAYS", given("RAW_RETENTION_DAYS", "0"), 0, 36_500),
            impersonate=_account(given("IMPERSONATE")),
            maximum_bytes_billed=_number(
                "MAX_BYTES_BILLED", given("MAX_BYTES_BILLED", str(100 * 2**30)), 10 * 2**20, 2**60
            ),
            timeout_seconds=_number("TIMEOUT_SECONDS", given("TIMEOUT_SECONDS", "600"), 1, 21_600),
            looker_studio_template=_template(given("LOOKER_STUDIO_TEMPLATE")),
            storage_endpoint=web_address("BANDCAMP_GCP_STORAGE_ENDPOINT", given("STORAGE_ENDPOINT")),
            bigquery_endpoint=web_address("BANDCAMP_GCP_BIGQUERY_ENDPOINT", given("BIGQUERY_ENDPOINT")),
        )
        _refuse_one_emulator(place)
        return place


def _number(name: str, value: str, low: int, high: int) -> int:
    return whole_number(f"BANDCAMP_GCP_{name}", value, low, high)


def _location(value: str) -> str:
    # Regions have a hyphen and are in lower case. Multi-regions (EU, US) are in upper case.
    return value.lower() if "-" in value else value.upper()


def _prefix(value: str) -> str:
    meaning = "folder of letters, digits, '-', '_', '=' and '.' (not first), with '/' between its parts"
    return matching("BANDCAMP_GCP_PREFIX", value.strip("/"), _PREFIX, meaning) if value else ""


def _account(value: str) -> str:
    name = "BANDCAMP_GCP_IMPERSONATE"
    return matching(name, value, _SERVICE_ACCOUNT, "service account's e-mail address") if value else ""


def _template(value: str) -> str:
    name = "BANDCAMP_GCP_LOOKER_STUDIO_TEMPLATE"
    meaning = "report's id, the part of its address after /reporting/"
    return matching(name, value, _REPORT_ID, meaning) if value else ""


def _refuse_one_emulator(place: GoogleCloud) -> None:
    """One emulator beside one real service is surely a mistake, and might move real data."""
    if bool(place.storage_endpoint) != bool(place.bigquery_endpoint):
        missing = "BIGQUERY" if place.storage_endpoint else "STORAGE"
        raise PlatformError(
            "One service would be emulated and the other real",
            where=f"environment variable BANDCAMP_GCP_{missing}_ENDPOINT, which is not set",
            remedy="set both endpoints, or neither",
        )
