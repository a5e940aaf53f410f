"""The wheel used as a person would: installed into an empty environment, and run in an empty folder elsewhere.

The packages come from the index that `uv` asks. Their versions are those of the lock.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
import requests

from bandcamp_assets_tests.emulators.launcher import free_port
from bandcamp_assets_tests.installation.built import ROOT, Built
from bandcamp_assets_tests.patience import PATIENCE_SECONDS

pytestmark = pytest.mark.long

UV = Path(sys.executable).with_name("uv")

PYTHONS = ("3.11", "3.12", "3.13")


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel, and the empty folder in which its command is run."""

    environment: Path
    folder: Path

    @property
    def settings(self) -> dict[str, str]:
        foreign = ("BANDCAMP_", "DAGSTER_", "DBT_", "VIRTUAL_ENV", "PYTHON")
        return {name: value for name, value in os.environ.items() if not name.startswith(foreign)}

    def bandcamp(self, *arguments: str) -> str:
        """Run the command, which must succeed; give what it prints."""
        done = subprocess.run(
            [self.environment / "bin" / "bandcamp", *arguments],
            cwd=self.folder,
            env=self.settings,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def uv(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([UV, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module", params=PYTHONS)
def installed(
    request: pytest.FixtureRequest, built_package: Built, tmp_path_factory: pytest.TempPathFactory
) -> Installed:
    python = uv("python", "find", "--system", "--no-python-downloads", request.param)
    if python.returncode:
        pytest.skip(f"there is no Python {request.param}")
    place = tmp_path_factory.mktemp("installed")
    made = Installed(place / "environment", place / "empty")
    made.folder.mkdir()
    assert uv("venv", "--python", python.stdout.strip(), made.environment).returncode == 0
    command = ("pip", "install", "--quiet", "--python", made.environment / "bin" / "python")
    done = uv(*command, "--constraint", ROOT / "requirements.lock", built_package.wheel)
    if "error sending request" in done.stderr.lower() and not os.environ.get("CI"):
        pytest.skip("the index of packages does not answer")
    assert done.returncode == 0, done.stderr
    return made


def test_it_builds_everything_in_an_empty_folder_and_answers_questions(installed: Installed) -> None:
    printed = installed.bandcamp("run", "--rows", "1000")
    answer = installed.bandcamp("sql", "select count(*) as days from daily_sales", "--format", "json")

    assert "Every raw row is a sale, a duplicate or a rejected row" in printed
    assert json.loads(answer)[0]["days"] > 0
    assert (installed.folder / ".bandcamp" / "dashboard" / "index.html").is_file()
    assert [path.name for path in installed.folder.iterdir()] == [".bandcamp"]
    assert "All is well." in installed.bandcamp("doctor")


def test_it_has_no_client_of_google(installed: Installed) -> None:
    found = uv("pip", "list", "--format", "json", "--python", installed.environment / "bin" / "python")

    names = {one["name"] for one in json.loads(found.stdout)}
    assert "dagster" in names
    unwanted = ("google-cloud-", "google-auth", "google-api-", "dagster-gcp", "dbt-bigquery", "dask", "psycopg2")
    assert [name for name in names if name.startswith(unwanted)] == []


def test_its_ui_loads_the_graph(installed: Installed) -> None:
    port = free_port()
    process = psutil.Popen(
        [installed.environment / "bin" / "bandcamp", "ui", "--port", str(port)],
        cwd=installed.folder,
        env=installed.settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert "fct_sales" in asset_names(port, process)
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def asset_names(port: int, process: psutil.Popen) -> set[str]:
    """The assets that the UI shows, as soon as it answers."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None
        try:
            answer = requests.post(
                f"http://127.0.0.1:{port}/graphql",
                json={"query": "{ assetNodes { assetKey { path } } }"},
                timeout=PATIENCE_SECONDS,
            )
        except requests.ConnectionError:
            time.sleep(0.5)
            continue
        return {node["assetKey"]["path"][-1] for node in answer.json()["data"]["assetNodes"]}
    raise TimeoutError


def test_it_is_run_by_the_name_of_the_package(installed: Installed) -> None:
    command = installed.environment / "bin" / "bandcamp-assets"

    said = subprocess.check_output([command, "--version"], cwd=installed.folder, env=installed.settings, text=True)

    assert said.startswith("bandcamp, version ")


def test_an_index_of_packages_would_take_both(built_package: Built) -> None:
    done = uv(
        "tool", "run", "--from", "twine==6.2.0", "twine", "check", "--strict", *built_package.folder.iterdir()
    )
    if "error sending request" in done.stderr.lower() and not os.environ.get("CI"):
        pytest.skip("the index of packages does not answer")

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("PASSED") == 2
