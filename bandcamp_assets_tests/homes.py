"""Homes for tests: the command line run on them as a person would, and what they hold."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb
import psutil

from bandcamp_assets.deployment.deployment import Deployment
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.state.ledger.ledger import Ledger, take_ledger
from bandcamp_assets_tests.forked_command import run_forked
from bandcamp_assets_tests.patience import PATIENCE_SECONDS

BANDCAMP = Path(sys.executable).with_name("bandcamp")


@dataclass(frozen=True)
class TestHome:
    """A home, and the command line pointed at it."""

    __test__ = False
    root: Path

    def environment(self, **settings: str) -> dict[str, str]:
        """This process's environment with the home and some settings."""
        return {**os.environ, "BANDCAMP_HOME": str(self.root), "DO_NOT_TRACK": "1", **settings}

    def bandcamp(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, forked from a process in which all is imported."""
        return run_forked(arguments, self.environment(**settings))

    def installed_bandcamp(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run the command as it is installed to its end."""
        return subprocess.run(
            [BANDCAMP, *arguments],
            env=self.environment(**settings),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )

    def run(self, *arguments: str, **settings: str) -> str:
        """Run `bandcamp run`, which must succeed; give what it prints."""
        done = self.bandcamp("run", *arguments, **settings)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def processes(self) -> list[psutil.Process]:
        """The processes that were started with this home, whoever started them."""
        return [process for process in psutil.process_iter() if self._is_home_of(process)]

    def kill_processes(self) -> None:
        """Kill the processes that are left, and wait until they are gone."""
        left = self.processes()
        for process in left:
            process.kill()
        psutil.wait_procs(left, timeout=PATIENCE_SECONDS)

    def _is_home_of(self, process: psutil.Process) -> bool:
        try:
            return process.environ().get("BANDCAMP_HOME") == str(self.root)
        except psutil.Error:
            return False

    def save(self, folder: Path) -> None:
        """Copy all that it holds, for `restore`; no process may be at work on it."""
        shutil.copytree(self.root, folder)

    def restore(self, folder: Path) -> None:
        """Hold what was saved in `folder`. Only in the place of the home that was saved: paths are kept."""
        shutil.copytree(folder, self.root, dirs_exist_ok=True)

    @property
    def deployment(self) -> Deployment:
        """The platform on this home."""
        return Deployment.assemble(Settings.from_env({"BANDCAMP_HOME": str(self.root)}))

    def ledger(self) -> Ledger:
        """Count every layer."""
        deployment = self.deployment
        return take_ledger(
            deployment.settings.home,
            deployment.catalog,
            deployment.object_store,
            deployment.warehouse,
            anew=True,
        )

    def fact(self) -> tuple[int, Decimal]:
        """Rows and US dollars of `fct_sales`."""
        with duckdb.connect(self.root / "warehouse.duckdb", read_only=True) as connection:
            row = connection.sql("select count(*), sum(amount_paid_usd) from bandcamp.fct_sales").fetchall()[0]
        return row[0], row[1]

    def tables(self) -> dict[str, str]:
        """A checksum of every table's rows, whatever their order."""
        with duckdb.connect(self.root / "warehouse.duckdb", read_only=True) as connection:
            names = connection.sql(
                "select table_name from information_schema.tables where table_schema = 'bandcamp'"
                " and table_type = 'BASE TABLE' order by all"
            ).fetchall()
            return {
                name: str(
                    connection.sql(f"select count(*), sum(hash(t)::hugeint) from bandcamp.{name} t").fetchall()
                )
                for (name,) in names
            }

    def files(self, *folders: str) -> dict[str, str]:
        """Path and checksum of every file in some folders of the home; of manifests without times and counters."""
        return {
            str(path.relative_to(self.root)): hashlib.sha256(_lasting(path)).hexdigest()
            for folder in folders or ("landing", "lake", "objects")
            for path in sorted((self.root / folder).rglob("*"))
            if path.is_file() and path.name != "manifests.json"
        }


def _lasting(path: Path) -> bytes:
    """What a file holds that does not depend on when, and by how many runs, it was written."""
    if not path.name.endswith(".manifest.json"):
        return path.read_bytes()
    said = json.loads(path.read_bytes())
    passing = ("arrived_at", "generation", "checksum")
    lasting = {name: value for name, value in said.items() if name not in passing}
    names = [{**name, "version": ""} for name in said["delivered_as"]]
    return json.dumps(lasting | {"withdrawn_at": bool(said["withdrawn_at"]), "delivered_as": names}).encode()


@dataclass(frozen=True)
class SampleHome:
    """A home in which the command ran once on made-up sales.

    Attributes:
        home: For reading only.
        rows: How many raw rows were made up.
        printed: What the command printed.
    """

    home: TestHome
    rows: int
    printed: str


@dataclass(frozen=True)
class BuiltHome:
    """A home after its first run, saved.

    Attributes:
        source: The file that the run was given.
        printed: What it printed.
        saved: A copy of the home, for `TestHome.restore`.
    """

    source: Path
    printed: str
    saved: Path


def empty(root: Path) -> TestHome:
    """A home without data. What dbt made of its project stays, so that it is parsed only once in a place."""
    if root.exists():
        for part in root.iterdir():
            if part.is_dir() and part.name != "dbt":
                shutil.rmtree(part)
            elif part.is_file():
                part.unlink()
    return TestHome(root)
