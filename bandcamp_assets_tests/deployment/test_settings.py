"""Settings come from the environment: all valid, or an error that names what is wrong."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import pytest

from bandcamp_assets.deployment.settings import DESCRIPTIONS, Settings
from bandcamp_assets.system.errors import PlatformError


def test_nothing_set_means_the_local_deployment_below_the_working_directory():
    settings = Settings.from_env({"PATH": "/bin"})

    assert settings.deployment == "local"
    assert settings.home.root == Path.cwd() / ".bandcamp"
    assert settings.source == ""
    assert settings.sample_rows == 200_000


NUMBERS = {
    name: tuple(int(number) for number in found.groups())
    for name, meaning in DESCRIPTIONS.items()
    if (found := re.search(r", (\d+) to (\d+)\..* Default: (\d+)\.$", meaning))
}
"""The least, the largest and the default value of each number, from its description."""


def number_of(settings: Settings, name: str) -> int:
    attribute = name.removeprefix("BANDCAMP_").lower()
    return settings.alerts.repeat_hours if name == "BANDCAMP_ALERT_REPEAT_HOURS" else getattr(settings, attribute)


def test_all_numbers_are_described():
    assert set(NUMBERS) == {
        "BANDCAMP_SAMPLE_ROWS",
        "BANDCAMP_FEED_MAX_PAGES",
        "BANDCAMP_FEED_PAUSE_SECONDS",
        "BANDCAMP_FEED_SECONDS",
        "BANDCAMP_KEEP_RUNS_DAYS",
        "BANDCAMP_ALERT_REPEAT_HOURS",
    }


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_has_the_bounds_and_the_default_that_its_description_says(name: str):
    least, largest, usual = NUMBERS[name]

    assert number_of(Settings.from_env({}), name) == usual
    for allowed in (least, largest):
        assert number_of(Settings.from_env({name: str(allowed)}), name) == allowed
    for refused in (least - 1, largest + 1):
        with pytest.raises(PlatformError, match=f"give a whole number from {least} to {largest}"):
            Settings.from_env({name: str(refused)})


def test_defaults_are_those_of_the_descriptions():
    settings = Settings.from_env({})

    said = {name: meaning.partition("Default: ")[2] for name, meaning in DESCRIPTIONS.items()}
    assert said["BANDCAMP_FEED"] == "off."
    assert not settings.feed
    assert said["BANDCAMP_ALERTS"] == "log."
    assert (settings.alerts.log, settings.alerts.addresses) == (True, {})
    assert said["BANDCAMP_DASHBOARD_URL"].startswith(f"{settings.dashboard_url}, ")
    nothing = ("FEED_CONTACT_URL", "DASK_SCHEDULER")
    assert [said[f"BANDCAMP_{name}"][:4] for name in nothing] == ["none", "none"]
    assert (settings.feed_contact_url, settings.dask_scheduler, settings.alerts.ui_url) == ("", "", "")


def test_defaults_of_google_cloud_are_those_of_the_descriptions():
    place = Settings.from_env(GCP).google_cloud

    assert place is not None
    said = {
        name.removeprefix("BANDCAMP_GCP_"): meaning.partition("Default: ")[2]
        for name, meaning in DESCRIPTIONS.items()
    }
    assert (place.dataset, place.storage_class) == (said["DATASET"].rstrip("."), said["STORAGE_CLASS"].rstrip("."))
    assert said["MAX_BYTES_BILLED"] == f"{place.maximum_bytes_billed} (100 GiB)."
    assert place.maximum_bytes_billed == 100 * 2**30
    assert said["TIMEOUT_SECONDS"] == f"{place.timeout_seconds}."
    assert said["RAW_RETENTION_DAYS"] == f"{place.raw_retention_days}, none."
    assert (place.prefix, place.impersonate, place.looker_studio_template) == ("", "", "")
    assert (place.storage_endpoint, place.bigquery_endpoint) == ("", "")


def test_an_empty_value_counts_as_not_set():
    assert Settings.from_env({"BANDCAMP_SAMPLE_ROWS": ""}).sample_rows == 200_000


@pytest.mark.parametrize(
    ("env", "named"),
    [
        ({"BANDCAMP_DEPLOYMENT": "Local"}, "BANDCAMP_DEPLOYMENT"),
        ({"BANDCAMP_SAMPLE_ROWS": "many"}, "BANDCAMP_SAMPLE_ROWS"),
        ({"BANDCAMP_SAMPLE_ROWS": "999"}, "BANDCAMP_SAMPLE_ROWS"),
        ({"BANDCAMP_SAMPLE_ROWS": "100000001"}, "BANDCAMP_SAMPLE_ROWS"),
        ({"BANDCAMP_HOME": "~nobody-of-that-name/x"}, "BANDCAMP_HOME"),
        ({"BANDCAMP_SAMPLE_ROW": "1000"}, "did you mean BANDCAMP_SAMPLE_ROWS"),
    ],
)
def test_a_wrong_setting_is_named(env: dict[str, str], named: str):
    with pytest.raises(PlatformError, match=named):
        Settings.from_env(env)


GCP = {
    "BANDCAMP_DEPLOYMENT": "gcp",
    "BANDCAMP_GCP_PROJECT": "my-project",
    "BANDCAMP_GCP_BUCKET": "my-bucket",
    "BANDCAMP_GCP_LOCATION": "eu",
}


def test_google_cloud_needs_a_project_a_bucket_and_a_location():
    place = Settings.from_env(GCP).google_cloud

    assert place is not None
    assert (place.project, place.bucket, place.location, place.dataset) == (
        "my-project",
        "my-bucket",
        "EU",
        "bandcamp",
    )
    assert place.bucket_uri == "gs://my-bucket"


@pytest.mark.parametrize("name", ["PROJECT", "BUCKET", "LOCATION"])
def test_required_settings_of_google_cloud_have_no_default(name: str):
    env = {key: value for key, value in GCP.items() if key != f"BANDCAMP_GCP_{name}"}

    with pytest.raises(PlatformError, match=f"missing\n  where: environment variable BANDCAMP_GCP_{name}"):
        Settings.from_env(env)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PROJECT", "My Project"),
        ("BUCKET", "gs://my-bucket"),
        ("LOCATION", "the moon"),
        ("DATASET", "band-camp"),
        ("PREFIX", "../other"),
        ("STORAGE_CLASS", "standard"),
        ("RAW_RETENTION_DAYS", "-1"),
        ("IMPERSONATE", "me@example.com"),
        ("MAX_BYTES_BILLED", "1"),
        ("TIMEOUT_SECONDS", "never"),
        ("STORAGE_ENDPOINT", "127.0.0.1:9050"),
        ("BIGQUERY_ENDPOINT", "http://user:secret@127.0.0.1:9050"),
    ],
)
def test_a_wrong_google_cloud_setting_is_named_and_no_secret_shown(name: str, value: str):
    with pytest.raises(PlatformError, match=f"BANDCAMP_GCP_{name}") as error:
        Settings.from_env({**GCP, f"BANDCAMP_GCP_{name}": value})

    assert "secret" not in str(error.value)


def test_one_emulator_beside_one_real_service_is_refused():
    with pytest.raises(PlatformError, match="BANDCAMP_GCP_BIGQUERY_ENDPOINT, which is not set"):
        Settings.from_env({**GCP, "BANDCAMP_GCP_STORAGE_ENDPOINT": "http://127.0.0.1:9050"})


def test_the_local_deployment_ignores_settings_of_google_cloud():
    settings = Settings.from_env({**GCP, "BANDCAMP_DEPLOYMENT": "local", "BANDCAMP_GCP_PROJECT": "My Project"})

    assert settings.google_cloud is None


def test_errors_for_people_survive_being_sent_between_processes():
    error = PlatformError("It broke", where="here", remedy="fix it")

    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes

    assert str(again) == "It broke\n  where: here\n  what to do: fix it"
    assert again.remedy == "fix it"


def test_folders_of_sources_are_absolute_paths():
    given = {"BANDCAMP_SOURCE_FOLDERS": "/srv/a:/srv/b c"}

    assert Settings.from_env(given).source_folders == (Path("/srv/a"), Path("/srv/b c"))
    assert Settings.from_env({}).source_folders == ()
    for wrong in ("srv", "/srv/a:", "~/a"):
        with pytest.raises(PlatformError, match="BANDCAMP_SOURCE_FOLDERS"):
            Settings.from_env({"BANDCAMP_SOURCE_FOLDERS": wrong})
