"""The inbox that each test has."""

from __future__ import annotations

from pathlib import Path

import pytest

from bandcamp_assets_tests.landing.desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "home")
