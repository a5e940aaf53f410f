"""A run that is killed anywhere and run again ends as if nothing had happened.

Here it is killed at a random time and in each later step. `soak` kills it at every call that changes a file.
"""

from __future__ import annotations

import random
import signal
from itertools import pairwise
from pathlib import Path

import pytest

from bandcamp_assets_tests.homes import TestHome
from bandcamp_assets_tests.resilience.conftest import DAYS, Undisturbed
from bandcamp_assets_tests.resilience.processes import start_materialization, start_run
from bandcamp_assets_tests.resilience.state import (
    days_are_whole_or_absent,
    everything,
    what_is_left_over,
    what_is_still_held,
)

STEPS = (
    "staged_sales",
    "sales ",
    "dbt: facts",
    "dbt: marts",
)
"""How the lines start that end a step. The kill comes during the next step."""


@pytest.mark.long
def test_a_run_killed_again_and_again_ends_as_if_undisturbed(
    undisturbed: Undisturbed, source: Path, tmp_path: Path
) -> None:
    home = TestHome(tmp_path / "home")
    choose = random.Random(20200909)  # noqa: S311 - not for secrets

    run = start_run(home, "--source", source)
    run.wait_until(choose.uniform(0.0, undisturbed.seconds_at("staged_sales")))
    assert run.send(signal.SIGKILL) == -signal.SIGKILL
    assert days_are_whole_or_absent(home, undisturbed.home)
    for step, following in pairwise((*STEPS, "ledger")):
        run = start_run(home, "--source", source)
        assert run.wait_for_line(step), run.stderr
        meanwhile = undisturbed.seconds_at(following) - undisturbed.seconds_at(step)
        run.wait_until(run.lines[-1][0] + choose.uniform(0.1, 0.9) * meanwhile)
        assert run.send(signal.SIGKILL) == -signal.SIGKILL, step
        assert days_are_whole_or_absent(home, undisturbed.home), step
    home.run("--source", str(source))

    assert everything(home) == undisturbed.state
    assert home.ledger().holds
    assert what_is_left_over(home) == []
    assert what_is_still_held(home) == []
    assert "nothing to do" in home.run("--source", str(source))


@pytest.mark.long
def test_an_interrupted_run_says_so_and_cleans_up(undisturbed: Undisturbed, source: Path, tmp_path: Path) -> None:
    home = TestHome(tmp_path / "home")

    for number, step, seconds in (
        (signal.SIGINT, None, 0.0),
        (signal.SIGTERM, "raw_sales", 0.1),
        (signal.SIGINT, "sales ", 0.5),  # in the middle of dbt
    ):
        run = start_run(home, "--source", source)
        if step is None:
            run.wait_for_library("polars")  # others are still loading
        else:
            assert run.wait_for_line(step), run.stderr
            run.wait_until(run.lines[-1][0] + seconds)
        assert run.send(number) == 130, run.stderr
        assert run.stderr.endswith(
            "Stopped. Run again to continue: nothing is lost, and nothing will be counted twice."
        )
        assert "Traceback" not in run.stderr
        assert "error" not in run.stderr

    assert what_is_left_over(home) == []
    assert what_is_still_held(home) == []
    assert days_are_whole_or_absent(home, undisturbed.home)
    assert home.deployment.warehouse.figures("sales") == undisturbed.home.ledger().layers["sales"]


@pytest.mark.long
def test_a_killed_run_of_dagster_frees_its_slot_in_the_pool(undisturbed: Undisturbed) -> None:
    home = undisturbed.home
    run = start_materialization(home, "sales", DAYS[0], DAYS[-1])
    while not any(held.startswith("duckdb") for held in what_is_still_held(home)):
        assert run.process.poll() is None, run.stderr
    run.send(signal.SIGKILL)
    held_by_the_dead = what_is_still_held(home)

    home.run()

    assert len(held_by_the_dead) == 2  # the run, and its slot
    assert what_is_still_held(home) == []
    assert everything(home) == undisturbed.state
