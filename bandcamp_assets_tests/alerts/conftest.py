"""A real Dagster instance and real servers for the alert tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets_tests.alerts.graph import Watched
from bandcamp_assets_tests.alerts.web_server import WebServer, web_server


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """An instance that stores on disk, as the local deployment does."""
    with dg.DagsterInstance.local_temp(str(tmp_path), overrides={"telemetry": {"enabled": False}}) as instance:
        yield instance


@pytest.fixture
def web() -> Iterator[WebServer]:
    """A web server that takes webhooks."""
    with web_server() as server:
        yield server


@pytest.fixture
def told(tmp_path: Path, web: WebServer) -> Settings:
    """Settings whose alerts go to the web server."""
    return Settings.from_env(
        {
            "BANDCAMP_HOME": str(tmp_path / "home"),
            "BANDCAMP_ALERTS": "webhook",
            "BANDCAMP_ALERT_WEBHOOK_URL": web.url,
            "BANDCAMP_ALERT_UI_URL": "https://dagster.example",
            "POSTGRES_PASSWORD": "planted-database-password",
        }
    )


@pytest.fixture
def watched(instance: dg.DagsterInstance, told: Settings) -> Watched:
    """A graph whose alerts go to the web server."""
    return Watched(instance, told)
