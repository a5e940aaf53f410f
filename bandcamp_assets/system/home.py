"""Where the platform's state lies: one folder, and the places in it.

Paths only: what the files hold is the concern of `landing`, `lake`, `objects` and `warehouse`.
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
    """The home that the environment names, whatever is wrong with it: to say where work went on."""
    return Path(env.get(HOME_VARIABLE) or DEFAULT_HOME)


@dataclass(frozen=True)
class Home:
    """The folder that holds all state, and the places in it."""

    root: Path

    def place_of(self, path: Path) -> str:
        """The place of a file below the home, as the catalog records it."""
        return path.relative_to(self.root).as_posix()

    @property
    def landing(self) -> Path:
        """Raw files as delivered."""
        return self.root / "landing"

    @property
    def inbox(self) -> Path:
        """Where people drop files that are to be landed."""
        return self.root / "inbox"

    @property
    def feed(self) -> Path:
        """Pages of the live feed as answered."""
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
        """What `bandcamp run` holds while it works on this home."""
        return self.root / "run.lock"

    @property
    def emptying(self) -> Path:
        """Lies here while the home is emptied. Where it is found later, that was not finished."""
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
        """What dbt writes while it builds: a folder for each invocation at work."""
        return self.dbt / "builds"

    @property
    def dashboard(self) -> Path:
        """The pages that people open."""
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
        """Make the home itself, for its owner alone: it holds whole deliveries. One that exists keeps its mode."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def prepare(self) -> None:
        """Make the folders and see that they can be written.

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
        # In a folder of this process, so that what a kill leaves of it is swept.
        with scratch_folder(self.scratch, "probe") as folder:
            (folder / "probe").write_bytes(b"writable")

    def sweep(self) -> list[Path]:
        """Remove what killed processes left half-made. Returns the removed folders."""
        return [*sweep(self.scratch), *sweep(self.dbt_builds)]
