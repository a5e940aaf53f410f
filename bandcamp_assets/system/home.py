"""The home: one folder that holds all of the platform's state, and the paths in it.

Paths only. `landing`, `lake`, `objects` and `warehouse` say what the files contain.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bandcamp_assets.system.disk import disk_errors
from bandcamp_assets.system.scratch import scratch_folder, sweep

HOME_VARIABLE = "BANDCAMP_HOME"
DEFAULT_HOME = ".bandcamp"


def named_home(env: Mapping[str, str]) -> Path:
    """The home that the environment names, unchecked. For error messages only."""
    return Path(env.get(HOME_VARIABLE) or DEFAULT_HOME)


@dataclass(frozen=True)
class Home:
    """The folder that holds all state, and the paths in it."""

    root: Path

    def place_of(self, path: Path) -> str:
        """The path of a file relative to the home, as the catalog records it."""
        return path.relative_to(self.root).as_posix()

    @property
    def landing(self) -> Path:
        """Raw files as delivered."""
        return self.root / "landing"

    @property
    def inbox(self) -> Path:
        """Where people put the files that they deliver."""
        return self.root / "inbox"

    @property
    def feed(self) -> Path:
        """Pages of the live feed, as received."""
        return self.landing / "feed"

    @property
    def lake(self) -> Path:
        """Parquet of the staged, rejected, cleaned and duplicate sales."""
        return self.root / "lake"

    @property
    def objects(self) -> Path:
        """The local object store."""
        return self.root / "objects"

    @property
    def warehouse(self) -> Path:
        """The DuckDB file."""
        return self.root / "warehouse.duckdb"

    @property
    def catalog(self) -> Path:
        """The catalog of files and days."""
        return self.root / "catalog.sqlite"

    @property
    def run_lock(self) -> Path:
        """The lock that `bandcamp run` holds while it works on this home."""
        return self.root / "run.lock"

    @property
    def emptying(self) -> Path:
        """Exists while the home is being emptied. If it exists later, emptying was interrupted."""
        return self.root / "emptying"

    @property
    def dagster(self) -> Path:
        """`DAGSTER_HOME`: runs, events and logs."""
        return self.root / "dagster"

    @property
    def dbt(self) -> Path:
        """Manifest, compiled SQL and logs of dbt."""
        return self.root / "dbt"

    @property
    def dbt_builds(self) -> Path:
        """What dbt writes while it builds: one folder for each running invocation."""
        return self.dbt / "builds"

    @property
    def tables(self) -> Path:
        """The data package: every table as Parquet, for other programs."""
        return self.root / "tables"

    @property
    def dashboard(self) -> Path:
        """The HTML pages that people open."""
        return self.root / "dashboard"

    @property
    def dashboard_page(self) -> Path:
        """The dashboard."""
        return self.dashboard / "index.html"

    @property
    def docs_page(self) -> Path:
        """The documentation of tables and columns."""
        return self.dashboard / "dbt_docs" / "index.html"

    @property
    def scratch(self) -> Path:
        """Half-made files, on the same file system as their final place."""
        return self.root / "scratch"

    def make_root(self) -> None:
        """Make the home for its owner alone, as it holds whole deliveries. An existing one keeps its mode."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def prepare(self) -> None:
        """Make the folders and check that they can be written.

        Raises:
            PlatformError: If the home cannot be made or written.
        """
        with disk_errors(self.root):
            self.make_root()
            for folder in (
                self.inbox,
                self.landing,
                self.lake,
                self.objects,
                self.dagster,
                self.dbt,
                self.dashboard,
                self.scratch,
            ):
                folder.mkdir(parents=True, exist_ok=True)
        # In a scratch folder of this process, so that `sweep` removes what a killed process leaves.
        with scratch_folder(self.scratch, "probe") as folder:
            (folder / "probe").write_bytes(b"writable")

    def sweep(self) -> list[Path]:
        """Remove half-made files of killed processes. Returns the removed folders."""
        return [*sweep(self.scratch), *sweep(self.dbt_builds)]
