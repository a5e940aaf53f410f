"""The warehouse that the tests of `bandcamp sql` query."""

from __future__ import annotations

from pathlib import Path

import pytest

from bandcamp_assets_tests.cli.asked_warehouse import make_warehouse


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    """A warehouse with three days."""
    return make_warehouse(tmp_path / "home")
