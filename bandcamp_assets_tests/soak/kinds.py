"""All kinds of trials as the runner takes them: those with numbered cases, and those drawn from a seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bandcamp_assets_tests.hostile import (
    csv_scenarios,
    delivered_files,
    json_pages,
    packed_files,
    sales_scenarios,
    settings_values,
)
from bandcamp_assets_tests.soak import damage, processes, resources
from bandcamp_assets_tests.soak.scenario import Outcome, Scenario
from bandcamp_assets_tests.soak.shim import COMPILER
from bandcamp_assets_tests.soak.sweeps import SWEEPS, Sweep

SWEEP_SHARE = 6.0
"""Time that a sweep gets, as a multiple of any other kind's: it has hundreds of cases."""
WHOLE_RUN_SHARE = 12.0
"""The same for kills of whole runs, which have thousands of calls to be killed at, and take long."""
SALES_SHARE = 12.0
"""The same for hostile files of sales, of which a soak of half an hour is to try 20,000 and more."""


@dataclass(frozen=True)
class Kind:
    """One line of the table.

    Attributes:
        part: What is attacked.
        fault: What is done.
        attempt: Does it once: the number of the case, or the seed, and an empty folder.
        numbers: The numbers to try, in this order, given the seed of the soak.
        share: Its share of the time, relative to others.
    """

    part: str
    fault: str
    attempt: Callable[[int, Path], Outcome]
    numbers: Callable[[int], Iterator[int]]
    share: float = 1.0

    @property
    def name(self) -> str:
        """What the command line knows it by."""
        return f"{self.part}: {self.fault}"


def all_kinds() -> list[Kind]:
    """Every kind there is; the sweeps only where they can be built."""
    sweeps = [_of_sweep(sweep) for sweep in SWEEPS] if COMPILER else []
    hostile = [
        *csv_scenarios.SCENARIOS,
        *sales_scenarios.SCENARIOS,
        *delivered_files.SCENARIOS,
        *packed_files.SCENARIOS,
        *json_pages.SCENARIOS,
        *settings_values.SCENARIOS,
    ]
    trials = [*processes.SCENARIOS, *resources.SCENARIOS, *damage.SCENARIOS, *hostile]
    return [*sweeps, *map(_of_trial, trials)]


def _of_sweep(sweep: Sweep) -> Kind:
    def numbers(seed: int) -> Iterator[int]:
        cases = list(range(1, sweep.cases() + 1))
        random.Random(seed).shuffle(cases)  # noqa: S311 - so that a soak cut short has tried all stages
        return iter(cases)

    return Kind(sweep.part, sweep.fault, sweep.attempt, numbers, SWEEP_SHARE)


def _of_trial(trial: Scenario) -> Kind:
    def attempt(seed: int, folder: Path) -> Outcome:
        return trial.attempt(random.Random(seed), folder)  # noqa: S311 - not for secrets

    def numbers(seed: int) -> Iterator[int]:
        while True:
            yield seed
            seed += 1

    return Kind(trial.part, trial.fault, attempt, numbers, _share(trial))


def _share(trial: Scenario) -> float:
    if trial in sales_scenarios.SCENARIOS:
        return SALES_SHARE
    return WHOLE_RUN_SHARE if trial.part in (processes.PART, processes.UNDER_DAGSTER) else 1.0
