"""Whatever stands in an archive, a page of the feed or a setting, it is taken whole or refused clearly."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bandcamp_assets_tests.hostile import json_pages, packed_files, settings_values
from bandcamp_assets_tests.soak.trial import Trial

SEEDS = range(25)
TRIALS = (*packed_files.TRIALS, *json_pages.TRIALS, *settings_values.TRIALS)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: f"{trial.part}: {trial.fault}")
def test_it_is_taken_whole_or_is_one_clear_error(trial: Trial, seed: int, tmp_path: Path):
    outcome = trial.attempt(random.Random(seed), tmp_path)  # noqa: S311 - not for secrets

    assert outcome.ended in ("read as packed", "staged", "settings", "clear error")
