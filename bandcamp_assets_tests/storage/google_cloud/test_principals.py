"""The platform as the account that Terraform makes: with its roles and no more, and without one of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from pathlib import Path

import pytest

from bandcamp_assets.storage.objects import StoredObject, sales_key
from bandcamp_assets.storage.objects.gcs import GcsObjectStore
from bandcamp_assets.storage.warehouse.bigquery import BigQueryWarehouse
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.home import Home
from bandcamp_assets_tests.emulators.google_cloud import GoogleCloud, Place
from bandcamp_assets_tests.infra.permissions import BUCKET_READER, DATA_EDITOR, JOB_USER, OBJECT_USER, ROLES
from bandcamp_assets_tests.infra.test_identity import ALLOWED_GRANTS, BUCKET, DATASET, PLATFORM
from bandcamp_assets_tests.raw_files import raw_row, write_csv
from bandcamp_assets_tests.storage.google_cloud.conftest import Cloud, behind_proxies
from bandcamp_assets_tests.storage.google_cloud.deployment import GcpHome
from bandcamp_assets_tests.storage.google_cloud.test_access import verify
from bandcamp_assets_tests.storage.warehouse.test_duckdb_warehouse import parquet

DAY = date(2020, 9, 9)
ACCOUNT = "platform"
PARTS = {BUCKET: "on_bucket", DATASET: "on_dataset", "${var.project_id}": "on_project"}
"""What Terraform grants roles on, as the emulators call it."""


@pytest.fixture
def platform(google_cloud: GoogleCloud, place: Place) -> Iterator[Cloud]:
    """Google Cloud as the platform's account sees it."""
    grant(google_cloud, place, ROLES)
    with behind_proxies(google_cloud, place, ACCOUNT) as cloud:
        yield cloud


def grant(google_cloud: GoogleCloud, place: Place, roles: Collection[str]) -> None:
    """Give the platform's account these of the roles that Terraform grants, where Terraform grants them."""
    held: dict[str, set[str]] = {part: set() for part in PARTS.values()}
    for _, where, role, member in ALLOWED_GRANTS:
        if member == PLATFORM and role in roles:
            held[PARTS[where]] |= ROLES[role]
    google_cloud.grant_only(place, principal=ACCOUNT, **held)


def take(platform: Cloud, place: Place, role: str) -> None:
    grant(platform.emulated, place, ROLES.keys() - {role})


def put(cloud: Cloud, home: Home, folder: Path) -> StoredObject:
    return GcsObjectStore(cloud.place, home).put(sales_key(DAY), parquet(folder, DAY, raw_row(1)))[0]


@pytest.mark.long
def test_runs_need_no_more_than_the_roles_that_terraform_grants(platform: Cloud, tmp_path: Path) -> None:
    home = GcpHome(tmp_path / "home", platform)
    first = write_csv(tmp_path / "first.csv", [raw_row(1), raw_row(86_401)])
    more = write_csv(tmp_path / "more.csv", [raw_row(2)])

    home.run("--source", str(first))
    home.run("--source", str(more))
    examined = home.bandcamp("doctor", "--deep")

    assert home.ledger().holds
    assert home.ledger().total("fct_sales").rows == 3
    assert examined.returncode == 0, examined.stdout
    statuses = {one.status for proxy in (platform.storage, platform.bigquery) for one in proxy.requests}
    assert not statuses & {401, 403}


@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_role_that_is_missing_is_named_before_any_data_is_moved(
    platform: Cloud, place: Place, own_home: Home, role: str
) -> None:
    BigQueryWarehouse(platform.place).verify()
    take(platform, place, role)

    with pytest.raises(PlatformError, match=rf"\n.*\n.*grant .*{role}"):
        verify(platform.place, own_home)


def test_a_run_without_a_role_stops_and_names_it(platform: Cloud, place: Place, tmp_path: Path) -> None:
    take(platform, place, JOB_USER)
    home = GcpHome(tmp_path / "home", platform)

    stopped = home.bandcamp("run", "--source", str(write_csv(tmp_path / "sales.csv", [raw_row(1)])))

    assert stopped.returncode == 1
    assert f"what to do: grant {JOB_USER} on the project" in stopped.stderr
    assert "Traceback" not in stopped.stderr


@pytest.mark.parametrize("role", [OBJECT_USER, BUCKET_READER, DATA_EDITOR, JOB_USER])
def test_a_role_that_goes_before_a_load_is_named_by_the_load(
    platform: Cloud, place: Place, own_home: Home, tmp_path: Path, role: str
) -> None:
    stored, warehouse = put(platform, own_home, tmp_path), BigQueryWarehouse(platform.place)
    warehouse.verify()
    take(platform, place, role)

    with pytest.raises(PlatformError, match=rf"grant .*{role}"):
        warehouse.replace_days({DAY: stored})


def test_a_day_that_somebody_else_has_loaded_is_loaded_under_a_fresh_id(
    platform: Cloud, place: Place, own_home: Home, tmp_path: Path
) -> None:
    stored = put(platform, own_home, tmp_path)
    with behind_proxies(platform.emulated, place) as owner:
        BigQueryWarehouse(owner.place).replace_days({DAY: stored})
    taken = {job.job_id for job in platform.warehouse().list_jobs()}

    BigQueryWarehouse(platform.place).replace_days({DAY: stored})

    refused = [one for one in platform.bigquery.requests if one.status == 403]
    assert [one.path.rpartition("/")[2] in taken for one in refused] == [True]
    assert (
        len([one for one in platform.bigquery.requests if one.method == "POST" and one.path.endswith("/jobs")]) > 1
    )
    assert BigQueryWarehouse(platform.place).figures("sales")[DAY].rows == 1
