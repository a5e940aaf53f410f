"""The local deployment needs no package of an extra, and a deployment without its extra says which one."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from bandcamp_assets_tests.homes import TestHome

WITHOUT = """
import sys

MISSING = sys.argv[1:]

class Missing:
    def find_spec(self, name, path=None, target=None):
        if any(name == one or name.startswith(one + ".") for one in MISSING):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
"""
"""Makes packages missing that are installed here."""

LOAD = """
from bandcamp_assets.definitions import defs
loaded = defs()
print(len(loaded.resolve_asset_graph().get_all_asset_keys()))
"""

GOOGLE = (
    "google.cloud",
    "google.auth",
    "google.api_core",
    "google.oauth2",
    "dagster_gcp",
    "dbt.adapters.bigquery",
)
OTHERS = ("dagster_k8s", "kubernetes", "dagster_postgres", "psycopg2", "distributed", "dask")


def load_without(packages: tuple[str, ...], home: TestHome, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", WITHOUT + LOAD, *packages],
        env=home.environment(**settings),
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_local_definitions_load_without_a_package_of_an_extra(home: TestHome) -> None:
    done = load_without(GOOGLE + OTHERS, home)

    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 40


def test_google_cloud_without_its_packages_names_the_extra(home: TestHome) -> None:
    done = load_without(
        GOOGLE,
        home,
        BANDCAMP_DEPLOYMENT="gcp",
        BANDCAMP_GCP_PROJECT="a-project",
        BANDCAMP_GCP_BUCKET="a-bucket",
        BANDCAMP_GCP_LOCATION="EU",
    )

    assert done.returncode != 0
    assert "A package for Google Cloud is not installed" in done.stderr
    assert "pip install 'bandcamp-assets[gcp]'" in done.stderr


@pytest.mark.parametrize("name", ["google-cloud-bigquery", "google-cloud-storage", "dagster-gcp", "dbt-bigquery"])
def test_a_google_client_is_in_the_extra_alone(name: str) -> None:
    found = [one for one in map(Requirement, requires("bandcamp-assets") or []) if one.name == name]

    assert found
    assert not any(one.marker is None or one.marker.evaluate({"extra": ""}) for one in found)
    assert any(one.marker and one.marker.evaluate({"extra": "gcp"}) for one in found)


def test_the_dbt_project_of_a_clone_is_the_one_beside_the_package() -> None:
    from bandcamp_assets.dbt.project import locate_project

    assert locate_project() == Path(__file__).parents[2] / "dbt_project"
