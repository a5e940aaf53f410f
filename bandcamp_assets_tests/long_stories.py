"""When the long stories are told: after all other tests, and in CI only until the moment that LONG_UNTIL names.

CI would otherwise stop a machine that is three times slower before it has said anything. What is left out is
counted at the end, and the weekly run tells all of them.
"""

from __future__ import annotations

import os
import time

import pytest

LATE = "LONG_UNTIL has passed: "


def is_long(item: pytest.Item) -> bool:
    """Whether a test has the mark `long`."""
    return item.get_closest_marker("long") is not None


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a long story that would begin too late."""
    until = os.environ.get("LONG_UNTIL", "")
    if until and is_long(item) and time.time() > float(until):
        pytest.skip(f"{LATE}the weekly run tells all long stories")
