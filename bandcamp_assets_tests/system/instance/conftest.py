"""The local instance of a home, with the platform's settings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from bandcamp_assets.system.home import Home
from bandcamp_assets.system.instance.local import open_instance


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """The instance of a home."""
    home = Home(tmp_path / "home")
    home.dagster.mkdir(parents=True)
    with open_instance(home) as instance:
        yield instance
