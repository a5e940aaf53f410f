"""Whatever is missing or forbidden in Google Cloud is one clear error, before any data is moved."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.cloud import bigquery

from bandcamp_assets.storage.google_cloud.credentials import verify_credentials
from bandcamp_assets.storage.google_cloud.place import GoogleCloud
from bandcamp_assets.storage.objects.gcs import GcsObjectStore
from bandcamp_assets.storage.warehouse.bigquery import BigQueryWarehouse
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.home import Home
from bandcamp_assets_tests.emulators.faults import Answer
from bandcamp_assets_tests.emulators.google_cloud import Place
from bandcamp_assets_tests.homes import TestHome
from bandcamp_assets_tests.raw_files import raw_row, write_csv
from bandcamp_assets_tests.storage.google_cloud.conftest import Cloud

SECRET = "a-token-that-nobody-may-see"  # noqa: S105 - planted, to be looked for
SERVICE_ACCOUNT = "platform@my-project.iam.gserviceaccount.com"


def verify(place: GoogleCloud, home: Home) -> None:
    GcsObjectStore(place, home).verify()
    BigQueryWarehouse(place).verify()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"project": "another-project"}, "The project does not exist, or is not visible.*\n.*another-project"),
        ({"bucket": "no-such-bucket"}, "The bucket does not exist.*\n.*no-such-bucket.*\n.*BANDCAMP_GCP_BUCKET"),
        ({"dataset": "nowhere"}, "The dataset does not exist.*\n.*nowhere.*\n.*BANDCAMP_GCP_DATASET"),
        ({"location": "us-east1"}, "It is in EU, not in us-east1.*\n.*bucket.*\n.*BANDCAMP_GCP_LOCATION to EU"),
    ],
    ids=["project", "bucket", "dataset", "location"],
)
def test_a_wrong_project_bucket_dataset_or_location_is_named(
    cloud: Cloud, own_home: Home, change: dict[str, str], message: str
):
    with pytest.raises(PlatformError, match=message):
        verify(replace(cloud.place, **change), own_home)  # type: ignore[arg-type]


def test_a_dataset_in_another_location_than_the_bucket_is_named(cloud: Cloud, own_home: Home):
    elsewhere = bigquery.Dataset(f"{cloud.place.project}.lies_in_america")
    elsewhere.location = "US"
    cloud.warehouse().create_dataset(elsewhere)

    with pytest.raises(
        PlatformError,
        match=r"It is in US, not in EU\n.*dataset .*lies_in_america\n.*BANDCAMP_GCP_LOCATION to US",
    ):
        verify(cloud.with_settings(dataset="lies_in_america"), own_home)


@pytest.mark.parametrize("lacking", ["create", "delete", "get", "list"])
def test_a_bucket_without_all_permissions_is_refused(cloud: Cloud, place: Place, own_home: Home, lacking: str):
    ways = {"create", "delete", "get", "list"} - {lacking}
    cloud.emulated.grant_only(
        place, on_bucket=["storage.buckets.get", *(f"storage.objects.{way}" for way in ways)]
    )

    with pytest.raises(PlatformError, match=rf"lack storage\.objects\.{lacking}\n.*bucket.*\n.*grant.*objectUser"):
        verify(cloud.place, own_home)


def test_a_bucket_that_may_not_be_retained_is_refused_only_if_raw_files_are_to_be(
    cloud: Cloud, place: Place, own_home: Home
):
    ways = ("create", "delete", "get", "list")
    cloud.emulated.grant_only(
        place, on_bucket=["storage.buckets.get", *(f"storage.objects.{way}" for way in ways)]
    )

    verify(cloud.place, own_home)

    with pytest.raises(
        PlatformError, match=r"lack storage\.objects\.setRetention\n.*\n.*object_retention_enabled"
    ):
        verify(cloud.with_settings(raw_retention_days=30), own_home)


@pytest.mark.parametrize("lacking", ["getData", "update", "updateData"])
def test_a_table_without_all_permissions_is_refused(cloud: Cloud, place: Place, own_home: Home, lacking: str):
    BigQueryWarehouse(cloud.place).verify()
    ways = {"get", "getData", "update", "updateData"} - {lacking}
    cloud.emulated.grant_only(
        place, on_dataset=["bigquery.datasets.get", *(f"bigquery.tables.{way}" for way in ways)]
    )

    with pytest.raises(PlatformError, match=rf"lack bigquery\.tables\.{lacking}\n.*\n.*grant.*dataEditor"):
        verify(cloud.place, own_home)


def test_a_project_without_permission_to_run_jobs_is_refused(cloud: Cloud, own_home: Home):
    denied = Answer(403, "accessDenied", "Access Denied: User does not have bigquery.jobs.create permission")
    cloud.bigquery.inject(denied, method="POST", path=r"/(jobs|queries)(\?|$)", times=None)

    with pytest.raises(
        PlatformError,
        match=r"bigquery\.jobs\.create.*\n.*project.*\n.*grant roles/bigquery\.jobUser on the project",
    ):
        verify(cloud.place, own_home)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (Answer(403, "accessDenied", "Access Denied"), r"refused: Access Denied.*\n.*\n.*grant roles/bigquery"),
        (Answer(403, "accessNotConfigured", "BigQuery API has not been used"), "enable the API in the project"),
        (Answer(403, "billingNotEnabled", "Billing has not been enabled"), "link a billing account"),
        (Answer(401), r"refused: .*credentials.*\n.*\n.*gcloud auth"),
    ],
    ids=["forbidden", "API not enabled", "no billing", "expired"],
)
def test_a_refusal_of_bigquery_says_what_to_do(cloud: Cloud, own_home: Home, answer: Answer, message: str):
    cloud.bigquery.inject(answer, times=None)

    with pytest.raises(PlatformError, match=message):
        verify(cloud.place, own_home)


@pytest.mark.parametrize("service", ["storage", "bigquery"])
def test_an_unreachable_service_is_given_up_after_the_configured_time(cloud: Cloud, own_home: Home, service: str):
    getattr(cloud, service).inject(Answer(503), times=None)

    with pytest.raises(PlatformError, match=r"Service unavailable.*\n.*\n.*status\.cloud\.google\.com"):
        verify(cloud.with_settings(timeout_seconds=2), own_home)


def test_no_credentials_at_all_are_one_clear_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")

    with pytest.raises(
        PlatformError, match=r"No usable Google credentials.*\n.*\n.*GOOGLE_APPLICATION_CREDENTIALS"
    ):
        verify_credentials("", "")


def test_expired_credentials_say_to_renew_them_and_show_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    refused = {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
    with token_server(400, refused) as address:
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key_file(tmp_path, address)))

        with pytest.raises(PlatformError, match=r"expired.*\n.*\n.*renew the key file") as caught:
            verify_credentials("", "")

    assert SECRET not in str(caught.value)


def test_accepted_credentials_are_named_without_their_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    with token_server(200, {"access_token": SECRET, "expires_in": 3600, "token_type": "Bearer"}) as address:
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key_file(tmp_path, address)))

        said = verify_credentials("", "")

    assert said == f"accepted, {SERVICE_ACCOUNT}"


@pytest.mark.parametrize("fault", ["bucket", "dataset"])
def test_a_run_stops_before_any_data_is_moved(cloud: Cloud, home: TestHome, tmp_path: Path, fault: str):
    source = write_csv(tmp_path / "sales.csv", [raw_row(1)])
    wrong = {f"BANDCAMP_GCP_{fault.upper()}": "nowhere"}

    stopped = home.bandcamp("run", "--source", str(source), **cloud.environment() | wrong)

    assert stopped.returncode == 1
    assert f"The {fault} does not exist" in stopped.stderr
    assert "Traceback" not in stopped.stderr
    assert home.files() == {}
    assert list(cloud.bucket().client.list_blobs(cloud.place.bucket)) == []


def test_doctor_says_all_is_well(cloud: Cloud, home: TestHome):
    well = home.bandcamp("doctor", **cloud.environment())

    assert well.returncode == 0, well.stdout
    for name in ("versions", "settings", "home", "credentials", "bucket", "dataset", "dbt"):
        assert f"✓ {name}" in well.stdout


def test_doctor_opens_the_connection_that_dbt_opens(cloud: Cloud, home: TestHome):
    denied = Answer(403, "accessDenied", "Access Denied: User does not have bigquery.jobs.create permission")
    # The first job is the platform's own question.
    cloud.bigquery.inject(denied, method="POST", path=r"/(jobs|queries)(\?|$)", skip=1, times=None)

    ill = home.bandcamp("doctor", **cloud.environment())

    assert ill.returncode == 1
    assert "✓ dataset" in ill.stdout
    assert re.search(r"✗ dbt +dbt cannot connect: .*bigquery\.jobs\.create", ill.stdout), ill.stdout


@pytest.mark.long
def test_doctor_names_every_fault_and_goes_on(cloud: Cloud, home: TestHome):
    wrong = {"BANDCAMP_GCP_BUCKET": "no-such-bucket", "BANDCAMP_GCP_DATASET": "nowhere"}

    ill = home.bandcamp("doctor", **cloud.environment() | wrong)

    assert ill.returncode == 1
    assert "2 faults found." in ill.stdout
    assert "create it (infra/terraform does), or set BANDCAMP_GCP_BUCKET" in ill.stdout
    assert "create it (infra/terraform does), or set BANDCAMP_GCP_DATASET" in ill.stdout
    assert "Traceback" not in ill.stdout + ill.stderr


def key_file(folder: Path, token_address: str) -> Path:
    """A service account's key, made for this test. The test's own server gives its tokens."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "key.json"
    path.write_text(
        json.dumps(
            {
                "type": "service_account",
                "project_id": "my-project",
                "private_key_id": SECRET,
                "private_key": pem.decode(),
                "client_email": SERVICE_ACCOUNT,
                "client_id": "1",
                "token_uri": token_address,
            }
        )
    )
    return path


@contextmanager
def token_server(status: int, answer: dict[str, object]) -> Iterator[str]:
    """A server that answers every request for a token alike."""
    body = json.dumps(answer).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        log_message: Callable[..., None] = lambda *_arguments: None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/token"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
