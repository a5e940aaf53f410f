"""Several processes on one home at once: they wait for each other, and nothing is lost or counted twice."""

from __future__ import annotations

import multiprocessing
import signal
from concurrent.futures import ProcessPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest

from bandcamp_assets_tests.homes import TestHome
from bandcamp_assets_tests.raw_files import write_csv
from bandcamp_assets_tests.resilience.conftest import DAYS, Undisturbed, sales_of_days
from bandcamp_assets_tests.resilience.days import DAILY, materialize
from bandcamp_assets_tests.resilience.processes import start_materialization, start_run
from bandcamp_assets_tests.resilience.state import everything, what_is_left_over, what_is_still_held

A_DAY = 300


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> TestHome:
    """A home that the tests of this module fill one after the other."""
    return TestHome(tmp_path_factory.mktemp("shared") / "home")


def file_number(number: int, folder: Path) -> Path:
    """A file of the same days as the others. Half of its rows are also in the previous one."""
    return write_csv(folder / f"sales-{number}.csv", sales_of_days(A_DAY, first=number * A_DAY // 2))


def sales_of_files(*numbers: int) -> tuple[int, Decimal]:
    """Rows and US dollars of the sales in some of these files, each once."""
    amounts = {
        row["_id"]: Decimal(row["amount_paid_usd"])
        for number in numbers
        for row in sales_of_days(A_DAY, first=number * A_DAY // 2)
        if row["item_type"] == "a"
    }
    return len(amounts), sum(amounts.values(), Decimal(0))


@pytest.mark.long
def test_runs_at_once_wait_for_each_other_even_if_the_first_is_killed(
    shared_home: TestHome, tmp_path: Path
) -> None:
    first = start_run(shared_home, "--source", file_number(0, tmp_path))
    assert first.wait_for_line("raw_sales"), first.stderr
    others = [start_run(shared_home, "--source", file_number(number, tmp_path)) for number in (1, 2)]
    for other in others:
        assert other.wait_for_line("Waiting: another `bandcamp run`"), other.stderr

    first.send(signal.SIGKILL)

    assert [other.end() for other in others] == [0, 0], [other.stderr for other in others]
    assert shared_home.ledger().holds
    assert shared_home.fact() == sales_of_files(0, 1, 2)
    assert what_is_still_held(shared_home) == []
    assert what_is_left_over(shared_home) == []


@pytest.mark.long
def test_a_run_beside_one_of_dagsters_own_on_the_same_days(shared_home: TestHome, tmp_path: Path) -> None:
    beside = start_materialization(shared_home, ",".join(DAILY), DAYS[0], DAYS[-1])
    run = start_run(shared_home, "--source", file_number(3, tmp_path))

    assert [run.end(), beside.end()] == [0, 0], run.stderr + beside.stderr

    # Whichever was last: another run does what is left to do, if anything.
    shared_home.run()
    assert shared_home.ledger().holds
    assert shared_home.fact() == sales_of_files(0, 1, 2, 3)
    assert what_is_still_held(shared_home) == []


@pytest.mark.long
def test_six_processes_replace_six_days_of_the_warehouse(undisturbed: Undisturbed) -> None:
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["bandcamp_assets_tests.resilience.days"])

    with ProcessPoolExecutor(len(DAYS), mp_context=processes) as pool:
        ended = list(pool.map(materialize, [undisturbed.home] * len(DAYS), [["sales"]] * len(DAYS), DAYS))

    assert ended == [True] * len(DAYS)
    assert everything(undisturbed.home) == undisturbed.state
    assert what_is_still_held(undisturbed.home) == []
