"""What all tests share: no setting of the machine reaches them."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("BANDCAMP_") or name == "DAGSTER_HOME"]:
        monkeypatch.delenv(name)
