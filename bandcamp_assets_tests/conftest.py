"""What all tests share: no setting of the machine reaches them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from dagster._core.storage.defs_state.base import _current_storage

from bandcamp_assets_tests.homes import TestHome


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("BANDCAMP_") or name == "DAGSTER_HOME"]:
        monkeypatch.delenv(name)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Forget the instance of the test before: Dagster keeps it for loading definitions, even when it is gone."""
    _current_storage.set(None)


@pytest.fixture(scope="session")
def _home_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home") / "home"


@pytest.fixture
def home(_home_root: Path) -> TestHome:
    """A home without data. It is the same folder in every test, so that dbt's project is parsed only once."""
    if _home_root.exists():
        for part in _home_root.iterdir():
            if part.is_dir() and part.name != "dbt":
                shutil.rmtree(part)
            elif part.is_file():
                part.unlink()
    return TestHome(_home_root)
