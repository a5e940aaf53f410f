"""One profile serves the real BigQuery and an emulator: what is empty is as if it were not given."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest
from dbt.adapters.factory import load_plugin
from dbt.config.runtime import load_profile
from dbt.flags import set_from_args
from dbt_common.context import set_invocation_context
from dbt_common.exceptions import DbtBaseException

from bandcamp_assets.deployment.deployment import Deployment
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.storage.google_cloud.credentials import SCOPES
from bandcamp_assets_tests.dbt_project.duckdb_dbt import PROJECT

REAL = {
    "DBT_GCP_METHOD": "oauth",
    "DBT_GCP_PROJECT": "a-project",
    "DBT_GCP_DATASET": "bandcamp",
    "DBT_GCP_LOCATION": "europe-west3",
    "DBT_GCP_ENDPOINT": "",
    "DBT_GCP_TOKEN": "",
    "DBT_GCP_KEY_FILE": "",
    "DBT_GCP_IMPERSONATE": "",
    "DBT_GCP_MAXIMUM_BYTES_BILLED": "107374182400",
    "DBT_GCP_TIMEOUT_SECONDS": "600",
}


def _credentials(without: str = "", **changed: str) -> Any:  # noqa: ANN401 - the adapter's own class
    variables = REAL | changed
    variables.pop(without, None)
    set_invocation_context(variables)  # where dbt keeps the environment of an invocation
    set_from_args(Namespace(PROFILES_DIR=str(PROJECT)), None)
    load_plugin("bigquery")
    return load_profile(str(PROJECT), {}, "bandcamp", "gcp").credentials


def test_empty_settings_are_as_if_not_given() -> None:
    credentials = _credentials()

    assert credentials.method == "oauth"
    assert (credentials.api_endpoint, credentials.token, credentials.keyfile) == (None, None, None)
    assert credentials.impersonate_service_account is None
    assert (credentials.database, credentials.schema, credentials.location) == (
        *("a-project", "bandcamp"),
        "europe-west3",
    )


def test_dbt_asks_for_no_more_than_the_platform_does() -> None:
    assert set(_credentials(DBT_GCP_IMPERSONATE="a@b.iam.gserviceaccount.com").scopes) == set(SCOPES)


def test_an_emulator_gets_no_account_to_act_as_for_which_google_would_be_asked(tmp_path: Path) -> None:
    place = {
        "BANDCAMP_HOME": str(tmp_path),
        "BANDCAMP_DEPLOYMENT": "gcp",
        "BANDCAMP_GCP_PROJECT": "my-project",
        "BANDCAMP_GCP_BUCKET": "my-bucket",
        "BANDCAMP_GCP_LOCATION": "EU",
        "BANDCAMP_GCP_IMPERSONATE": "platform@my-project.iam.gserviceaccount.com",
    }
    emulators = {f"BANDCAMP_GCP_{one}_ENDPOINT": "http://127.0.0.1:1" for one in ("STORAGE", "BIGQUERY")}

    real, emulated = (Deployment.assemble(Settings.from_env(place | more)).dbt.env for more in ({}, emulators))

    assert real["DBT_GCP_IMPERSONATE"] == place["BANDCAMP_GCP_IMPERSONATE"]
    assert emulated["DBT_GCP_IMPERSONATE"] == ""
    assert emulated["DBT_GCP_METHOD"] == "oauth-secrets"


def test_limits_are_numbers() -> None:
    credentials = _credentials()

    assert credentials.maximum_bytes_billed == 100 * 2**30
    assert credentials.job_execution_timeout_seconds == 600
    assert credentials.job_retries == 2


def test_a_key_file_and_an_account_to_act_as_are_used() -> None:
    account = "bandcamp@a-project.iam.gserviceaccount.com"
    credentials = _credentials(
        DBT_GCP_METHOD="service-account",
        DBT_GCP_KEY_FILE="/keys/bandcamp.json",
        DBT_GCP_IMPERSONATE=account,
    )

    assert (credentials.method, credentials.keyfile) == ("service-account", "/keys/bandcamp.json")
    assert credentials.impersonate_service_account == account


def test_a_missing_place_is_named() -> None:
    with pytest.raises(DbtBaseException, match="DBT_GCP_PROJECT"):
        _credentials(without="DBT_GCP_PROJECT")
