"""A built home that can be hurt, and how what `status` and `run` say of it is judged."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb

from bandcamp_assets_tests.homes import TestHome
from bandcamp_assets_tests.soak.home_files import Hurt
from bandcamp_assets_tests.soak.home_sales import Row, deliveries, drop, expected

HARMLESS = ("dagster/", "dbt/", "inbox/", "scratch/", "dashboard/charts.json", "run.lock", "warehouse.lock")
"""What says nothing of sales: `status` need not name it."""


WAREHOUSE = "warehouse.duckdb"


@dataclass(frozen=True)
class Line:
    """What came of one trial.

    Attributes:
        kind: The kind of file, or what was done to the whole home.
        hurt: What was done to it.
        status: What `bandcamp status` said.
        run: What the next `bandcamp run` did.
        wrong: What is wrong with that; empty if nothing is.
    """

    kind: str
    hurt: str
    status: str
    run: str
    wrong: str = ""


@dataclass(frozen=True)
class Homes:
    """A built home, and what it is compared with.

    Attributes:
        place: Where the home lies while it is tried.
        built: A copy of it as it was built.
        older: A copy from before the second delivery.
        sales: What `fct_sales` must hold.
    """

    place: Path
    built: Path
    older: Path
    sales: list[Row]

    def fresh(self) -> TestHome:
        """The home as it was built, times of files included."""
        shutil.rmtree(self.place, ignore_errors=True)
        shutil.copytree(self.built, self.place)
        return TestHome(self.place)


def build(folder: Path) -> Homes:
    """Build a home from two deliveries, the second of which corrects the first."""
    home = TestHome(folder / "home")
    first, second = deliveries()
    for delivered in (first, second):
        drop(home.root, delivered)
        done = home.installed_bandcamp("run")
        assert done.returncode == 0, done.stderr
        shutil.copytree(home.root, folder / ("built" if delivered is second else "older"))
    made = Homes(home.root, folder / "built", folder / "older", expected((first | second).values()))
    assert facts(home.root) == made.sales, "the undisturbed home is wrong"
    return made


def facts(root: Path) -> list[Row] | None:
    """The sales of `fct_sales`; None where the warehouse cannot be read."""
    asked = "select _id, artist_name, currency, amount_paid_usd from bandcamp.fct_sales order by all"
    try:
        with duckdb.connect(root / "warehouse.duckdb", read_only=True) as connection:
            rows = connection.execute(asked).fetchall()
    except duckdb.Error:
        return None
    return sorted((str(key), str(artist), str(currency), Decimal(usd)) for key, artist, currency, usd in rows)


def try_hurt(homes: Homes, kind: str, place: str, hurt: Hurt) -> Line:
    """Hurt one file, ask and run."""
    home = homes.fresh()
    hurt.do(home.root / place, homes.older / place)
    is_harmless = place.startswith(HARMLESS)
    if place == WAREHOUSE and hurt.name == "damaged":
        # DuckDB keeps blocks that it has no use for.
        is_harmless = every_row(home.root / place) == every_row(homes.built / place)
    must_be_named = not (is_harmless or hurt.is_silent)
    after = _sales_after(homes, home, place, hurt)
    return judge(home, homes.sales, kind, hurt.name, must_be_named=must_be_named, after=after)


def _sales_after(homes: Homes, home: TestHome, place: str, hurt: Hurt) -> list[list[Row]]:
    """What the run may make. A changed file in the inbox is a correction, once nobody writes to it any more."""
    if not place.startswith("inbox/") or hurt.name in ("emptied", "removed"):
        return [homes.sales]
    name = place.removeprefix("inbox/")
    first, second = deliveries()
    known = {line for files in (first, second) for line in files.get(name, b"").splitlines()}
    lines = [line for line in (home.root / place).read_bytes().splitlines() if line in known]
    corrected = expected({**first, **second, name: b"\n".join(lines)}.values())
    return [corrected] if hurt.is_silent or hurt.needs_older else [homes.sales, corrected]


def every_row(warehouse: Path) -> list[tuple[object, ...]] | None:
    """How many rows each table has, and a checksum of them; None where not all can be read."""
    rows = "count(*), sum(hash(t)::hugeint)"
    try:
        with duckdb.connect(warehouse, read_only=True) as connection:
            tables = connection.execute(
                "select schema_name, table_name from duckdb_tables() order by all"
            ).fetchall()
            return [
                (schema, name, *connection.execute(f"select {rows} from {schema}.{name} t").fetchall())
                for schema, name in tables
            ]
    except duckdb.Error:
        return None


def judge(
    home: TestHome,
    sales: list[Row],
    kind: str,
    hurt: str,
    *,
    must_be_named: bool,
    after: list[list[Row]] | None = None,
) -> Line:
    """Ask for the status, run, and judge both by the sales, which after the run may be those of `after`."""
    wrong: list[str] = []
    made = after or [sales]
    status = home.installed_bandcamp("status")
    if status.returncode == 0 and facts(home.root) != sales:
        wrong.append("status is green, and the table is wrong")
    if status.returncode == 0 and must_be_named:
        wrong.append("status names nothing")
    run = home.installed_bandcamp("run")
    if run.returncode == 0 and facts(home.root) not in made:
        wrong.append("the run is green, and the table is wrong")
    asked_again = home.installed_bandcamp("status", "--deep")
    ran = "healed" if run.returncode == 0 else f"refused: {_first_words(run)}"
    if run.returncode == 0 and asked_again.returncode != 0:
        ran = f"ends well, and names: {_named(asked_again)}"
    if run.returncode == 0 and asked_again.returncode == 0 and facts(home.root) not in made:
        wrong.append("status is green afterwards, and the table is wrong")
    for name, done in (("status", status), ("run", run), ("status", asked_again)):
        if done.returncode not in (0, 1) or "Traceback" in done.stderr + done.stdout:
            wrong.append(f"{name} ends with a stack trace: {done.stderr[-300:]}")
    said = "green" if status.returncode == 0 else f"names: {_named(status)}"
    return Line(kind, hurt, said, ran, "; ".join(dict.fromkeys(wrong)))


def _named(done: subprocess.CompletedProcess[str]) -> str:
    named = [line[2:].split(": /")[0] for line in done.stdout.splitlines() if line.startswith("✗ ")]
    return "; ".join(
        dict.fromkeys(re.sub(r" of \d{4}-\d\d-\d\d|, \d{4}-\d\d-\d\d", "", one) for one in named)
    ) or (_first_words(done))


def _first_words(done: subprocess.CompletedProcess[str]) -> str:
    lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    return lines[0].removeprefix("error: ") if lines else f"exit status {done.returncode}"
