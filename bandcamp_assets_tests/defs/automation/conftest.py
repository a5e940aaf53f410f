"""A home without data but with a prepared dbt project, and a robot that works on it."""

from __future__ import annotations

import pytest

from bandcamp_assets_tests.defs.automation.robot import Robot
from bandcamp_assets_tests.homes import TestHome


@pytest.fixture
def robot(home: TestHome) -> Robot:
    """Both sensors and all schedules on an empty home."""
    return Robot(home)
