"""Whatever a CSV file contains, each record is counted once, as a sale or as a rejected row."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bandcamp_assets_tests.hostile.csv_scenarios import SCENARIOS
from bandcamp_assets_tests.soak.scenario import Scenario

SEEDS = range(25)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.fault)
def test_a_file_is_staged_whole_or_is_one_clear_error(scenario: Scenario, seed: int, tmp_path: Path):
    outcome = scenario.attempt(random.Random(seed), tmp_path)  # noqa: S311 - not for secrets

    assert outcome.ended in ("staged", "clear error")
