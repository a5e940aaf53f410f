"""Trials of damage at rest: a file that is lost, cut short, changed or replaced between two runs."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb

from bandcamp_assets_tests.homes import TestHome
from bandcamp_assets_tests.soak.commands import must_end_as_undisturbed, run_to_end
from bandcamp_assets_tests.soak.reference import ROWS, Unequal, assert_as_undisturbed, built_home, built_reference
from bandcamp_assets_tests.soak.scenario import Outcome, Scenario

Hurt = Callable[[random.Random, Path], None]


def delete(_chance: random.Random, path: Path) -> None:
    """The file is gone."""
    path.unlink()


def cut(chance: random.Random, path: Path) -> None:
    """Only the beginning of the file is left."""
    path.write_bytes(path.read_bytes()[: chance.randrange(path.stat().st_size)])


def flip(chance: random.Random, path: Path) -> None:
    """One bit is another."""
    body = bytearray(path.read_bytes())
    body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
    path.write_bytes(body)


def garbage(chance: random.Random, path: Path) -> None:
    """Something else stands there."""
    path.write_bytes(chance.randbytes(chance.choice((10, 5000))))


def damaged(chance: random.Random, folder: Path, pattern: str, hurt: Hurt) -> Outcome:
    """Hurt one file of a finished home; the next run mends it, or says what to do and does it once told."""
    with built_home(folder, finished=True) as home:
        path = chance.choice(sorted(home.root.glob(pattern)))
        hurt(chance, path)
        ended = run_to_end(home)
        if ended.status == 0:
            return _mended(home)
        how = ended.how
        # What the errors say: move away what can be made again from the lake, or begin afresh.
        if path.name == "catalog.sqlite":
            shutil.rmtree(home.root)
        else:
            path.unlink(missing_ok=True)
        must_end_as_undisturbed(home, f"{how} for {path.relative_to(home.root)}")
        return Outcome(f"{how}; did as told, and it ended as undisturbed", ROWS)


def _mended(home: TestHome) -> Outcome:
    try:
        assert_as_undisturbed(home.root, built_reference())
    except duckdb.Error:
        # Blocks that the run did not read. DuckDB keeps a checksum of each: nobody gets wrong values from them.
        (home.root / "warehouse.duckdb").unlink()
        must_end_as_undisturbed(home, "a warehouse that DuckDB refuses to read")
        return Outcome("not read by the run; DuckDB refuses to read it; removed, it ended as undisturbed", ROWS)
    except Unequal as error:
        # The run counts every layer. Where the counts are right, a change within a text stays until it is read.
        expected = TestHome(built_reference().root).ledger()
        if not home.ledger().holds or home.ledger().layers != expected.layers:
            raise
        if home.tables() != built_reference().state["tables"]:
            raise
        if error.lost or error.doubled:
            raise
        return Outcome("not read, so not noticed; all counts and tables right", ROWS)
    return Outcome("mended, or no harm; as undisturbed", ROWS)


_PLACES = {
    "staged_sales": "lake/staged_sales/*/*.parquet",
    "rejected_sales": "lake/rejected_sales/*.parquet",
    "cleaned_sales": "lake/cleaned_sales/*/*.parquet",
    "duplicate_sales": "lake/duplicate_sales/*/*.parquet",
    "sales_objects": "objects/sales/*/*.parquet",
    "warehouse": "warehouse.duckdb",
    "catalog": "catalog.sqlite",
}
_HURTS: dict[str, Hurt] = {"deleted": delete, "cut short": cut, "one bit flipped": flip, "garbage": garbage}


def _damaged(pattern: str, hurt: Hurt) -> Callable[[random.Random, Path], Outcome]:
    return lambda chance, folder: damaged(chance, folder, pattern, hurt)


def _any_place(chance: random.Random, folder: Path, hurt: Hurt) -> Outcome:
    lake = [pattern for name, pattern in _PLACES.items() if name not in ("warehouse", "catalog")]
    return damaged(chance, folder, chance.choice(lake), hurt)


def _in_lake(hurt: Hurt) -> Callable[[random.Random, Path], Outcome]:
    return lambda chance, folder: _any_place(chance, folder, hurt)


SCENARIOS = [
    *(Scenario("lake and objects at rest", f"a file {name}", _in_lake(hurt)) for name, hurt in _HURTS.items()),
    *(
        Scenario(f"{place} at rest", f"the file {name}", _damaged(_PLACES[place], hurt))
        for place in ("warehouse", "catalog")
        for name, hurt in _HURTS.items()
    ),
]
