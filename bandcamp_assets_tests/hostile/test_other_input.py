"""Whatever an archive, a page of the feed or a setting contains, it is accepted or refused clearly."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bandcamp_assets_tests.hostile import delivered_files, json_pages, packed_files, settings_values
from bandcamp_assets_tests.soak.scenario import Scenario

SEEDS = range(25)
SCENARIOS = (
    *packed_files.SCENARIOS,
    *json_pages.SCENARIOS,
    *settings_values.SCENARIOS,
)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: f"{scenario.part}: {scenario.fault}")
def test_it_is_accepted_or_is_one_clear_error(scenario: Scenario, seed: int, tmp_path: Path):
    outcome = scenario.attempt(random.Random(seed), tmp_path)  # noqa: S311 - not for secrets

    assert outcome.ended in ("read as packed", "staged", "settings", "clear error")


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("scenario", delivered_files.SCENARIOS, ids=lambda scenario: scenario.fault)
def test_a_file_of_another_program_loses_and_invents_nothing(scenario: Scenario, seed: int, tmp_path: Path):
    outcome = scenario.attempt(random.Random(seed), tmp_path)  # noqa: S311 - not for secrets

    assert outcome.ended in ("staged", "clear error")
