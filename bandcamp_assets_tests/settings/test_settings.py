"""Settings come from the environment, whole or with an error that names what is wrong."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from bandcamp_assets.errors import PlatformError
from bandcamp_assets.settings import Settings


def test_nothing_set_means_the_local_deployment_below_the_working_directory():
    settings = Settings.from_env({"PATH": "/bin"})

    assert settings.deployment == "local"
    assert settings.home.root == Path.cwd() / ".bandcamp"
    assert settings.source == ""
    assert settings.sample_rows == 200_000


def test_an_empty_value_is_as_good_as_none():
    assert Settings.from_env({"BANDCAMP_SAMPLE_ROWS": ""}).sample_rows == 200_000


@pytest.mark.parametrize(
    ("env", "named"),
    [
        ({"BANDCAMP_DEPLOYMENT": "Local"}, "BANDCAMP_DEPLOYMENT"),
        ({"BANDCAMP_SAMPLE_ROWS": "many"}, "BANDCAMP_SAMPLE_ROWS"),
        ({"BANDCAMP_SAMPLE_ROWS": "999"}, "BANDCAMP_SAMPLE_ROWS"),
        ({"BANDCAMP_SAMPLE_ROWS": "100000001"}, "BANDCAMP_SAMPLE_ROWS"),
        ({"BANDCAMP_SAMPLE_ROW": "1000"}, "did you mean BANDCAMP_SAMPLE_ROWS"),
    ],
)
def test_a_wrong_setting_is_named(env: dict[str, str], named: str):
    with pytest.raises(PlatformError, match=named):
        Settings.from_env(env)


def test_errors_for_people_survive_being_sent_between_processes():
    error = PlatformError("It broke", where="here", remedy="mend it")

    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes

    assert str(again) == "It broke\n  where: here\n  what to do: mend it"
    assert again.remedy == "mend it"
