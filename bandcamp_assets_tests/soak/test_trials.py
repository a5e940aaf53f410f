"""A few cases of each sweep; `make soak` tries every one, and the trials of whole processes."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from bandcamp_assets_tests.soak.reference import (
    Unequal,
    assert_as_undisturbed,
    source,
    staged_reference,
    stages,
)
from bandcamp_assets_tests.soak.shim import COMPILER
from bandcamp_assets_tests.soak.sweeps import FIRST, SWEEPS, Sweep
from bandcamp_assets_tests.soak.table import Line, markdown

needs_compiler = pytest.mark.skipif(COMPILER is None, reason="no C compiler to build the counting library with")


@needs_compiler
@pytest.mark.parametrize(
    "sweep",
    [SWEEPS[0], *(pytest.param(sweep, marks=pytest.mark.long) for sweep in SWEEPS[1:])],
    ids=lambda sweep: f"{sweep.part}: {sweep.fault}",
)
def test_a_fault_at_a_call_that_changes_a_file_loses_and_doubles_nothing(sweep: Sweep, tmp_path: Path) -> None:
    chance = random.Random(f"{sweep.part}: {sweep.fault}")  # noqa: S311 - other calls in each, the same in each run

    number = chance.randrange(1, 1 + sweep.cases())

    sweep.attempt(number, tmp_path / str(number))


@needs_compiler
def test_the_calls_of_every_library_are_counted() -> None:
    reference = FIRST.end()

    # A few for each of the three days and for each file of landing, lake, objects, catalog and warehouse.
    assert reference.calls > 200
    assert {path.split("/")[0] for path in reference.paths} >= {"landing", "lake", "objects", "catalog.sqlite"}


@needs_compiler
def test_a_lost_day_is_told_with_its_number_of_sales(tmp_path: Path) -> None:
    root = tmp_path / "home"
    assert stages().run(root, source()).status == 0
    with duckdb.connect(root / "warehouse.duckdb") as connection:
        connection.execute("delete from bandcamp.sales where sale_date = '2020-09-10'")

    with pytest.raises(Unequal) as unequal:
        assert_as_undisturbed(root, staged_reference())

    assert unequal.value.lost > 100


def test_the_table_counts_how_trials_ended() -> None:
    lines = [
        Line("lake", "killed", Counter({"as undisturbed": 3}), kills=5, rows=1800),
        Line("lake", "full disk", Counter({"one clear error": 1}), rows=600, failed=1, lost=2),
        Line("lake", "never tried"),
    ]

    table = markdown(lines).splitlines()

    assert table[2] == "| lake | killed | 3 | 5 | 3 x as undisturbed | 1,800 | 0 | 0 |"
    assert table[3].startswith("| lake | full disk | 2 | 0 | 1 x one clear error; **1 x FAILED** | 600 | 2 |")
    assert table[4] == "| **all** |  | 5 | 5 | 4 well, 1 FAILED | 2,400 | 2 | 0 |"
