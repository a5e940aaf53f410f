"""Whatever stands in a CSV file, each of its records is counted once, as a sale or as a rejected row."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bandcamp_assets_tests.hostile.csv_trials import TRIALS
from bandcamp_assets_tests.soak.trial import Trial

SEEDS = range(25)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.fault)
def test_a_file_is_staged_whole_or_is_one_clear_error(trial: Trial, seed: int, tmp_path: Path):
    outcome = trial.attempt(random.Random(seed), tmp_path)  # noqa: S311 - not for secrets

    assert outcome.ended in ("staged", "clear error")
