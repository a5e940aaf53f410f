"""Where the platform's state lies, and how a file gets there whole or not at all.

Paths and file-system primitives only: what the files hold is the concern of `landing`, `lake`,
`objects` and `warehouse`.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bandcamp_assets.errors import PlatformError

ABANDONED_SECONDS = 2 * 86_400
"""A scratch folder of another machine that nothing was put into for so long is a leftover; no run takes days."""


@dataclass(frozen=True)
class Home:
    """The folder that holds all state, and the places in it."""

    root: Path

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
        with scratch_folder(self, "probe") as folder:
            (folder / "probe").write_bytes(b"writable")


_REMEDIES = {
    errno.ENOSPC: "free some space, or set BANDCAMP_HOME to a larger disk, and run again",
    errno.EDQUOT: "free some of your quota, or set BANDCAMP_HOME to another disk, and run again",
    errno.EROFS: "set BANDCAMP_HOME to a folder on a disk that can be written",
    errno.EACCES: "give yourself write permission there, or set BANDCAMP_HOME to another folder",
    errno.EPERM: "give yourself write permission there, or set BANDCAMP_HOME to another folder",
    errno.ENOTDIR: "a file stands where a folder is needed: move it, or set BANDCAMP_HOME elsewhere",
    errno.EEXIST: "a file stands where a folder is needed: move it, or set BANDCAMP_HOME elsewhere",
    errno.ENOENT: "see that the file is still there, and run again",
    errno.EIO: "see whether the disk is failing, or set BANDCAMP_HOME to another, and run again",
    errno.EFBIG: "allow larger files (`ulimit -f`, or a file system that can hold them), and run again",
    errno.EMFILE: "allow more open files (`ulimit -n 1024`), and run again",
    errno.ENFILE: "close programs that hold many files open, and run again",
    errno.ENOMEM: "give the process more memory, and run again",
}

_KNOWN_BY_WORDS = (
    *(errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EFBIG, errno.EMFILE, errno.ENFILE),
    *(errno.ENOMEM, errno.EACCES),
)
"""Errors that a library may tell of in the system's words alone."""


def disk_error(error: OSError, path: Path) -> PlatformError:
    """Say in words what the file system refused, and what to do about it."""
    return PlatformError(
        f"The file system refused: {error.strerror or error}",
        where=str(error.filename or path),
        remedy=_REMEDIES.get(error.errno or 0, "see that the disk is healthy and the path right, and run again"),
    )


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn what the file system refuses into a `PlatformError`, also where a library wraps it in its own.

    Args:
        path: Where the work was going on, if the error does not say.
    """
    try:
        yield
    except PlatformError:
        raise
    except OSError as error:
        raise disk_error(error, path) from error
    except Exception as error:
        number = _os_error_number(str(error))
        if number is None:
            raise
        raise disk_error(OSError(number, os.strerror(number)), path) from error


def _os_error_number(message: str) -> int | None:
    """The number of the system's error in a library's message: Rust's `(os error 28)`, or DuckDB's words."""
    match = re.search(r"\(os error (\d+)\)", message)
    if match:
        return int(match.group(1))
    said = message.lower()
    return next((number for number in _KNOWN_BY_WORDS if os.strerror(number).lower() in said), None)


@contextmanager
def scratch_folder(home: Home, purpose: str) -> Iterator[Path]:
    """Give a fresh folder below `home.scratch`, and remove it whatever happens.

    The name carries process id and machine, so that `sweep_scratch` can tell leftovers of a killed process
    from the work of a living one.
    """
    folder = home.scratch / name_of_own(purpose)
    try:
        with disk_errors(folder):
            folder.mkdir(parents=True)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def name_of_own(purpose: str) -> str:
    """A name for a folder of this process that no other one has, in `scratch` or `dbt_builds`."""
    return f"{os.getpid()}@{_machine()}-{purpose}-{uuid.uuid4().hex[:8]}"


def sweep_scratch(home: Home) -> list[Path]:
    """Remove what killed processes left half-made. Returns the removed folders."""
    return [*sweep(home.scratch), *sweep(home.dbt_builds)]


def sweep(parent: Path) -> list[Path]:
    """Remove the folders in one whose processes are gone, and return them."""
    removed = []
    for folder in parent.glob("*-*"):
        owner, _, machine = folder.name.split("-", 1)[0].partition("@")
        if owner.isdigit() and _is_left_over(folder, int(owner), machine):
            shutil.rmtree(folder, ignore_errors=True)
            removed.append(folder)
    return removed


def _is_left_over(folder: Path, process_id: int, machine: str) -> bool:
    """Whether its process is gone. Of another machine that cannot be asked: there, long silence counts."""
    if machine in (_machine(), ""):
        return not _is_alive(process_id)
    try:
        return time.time() - folder.stat().st_mtime > ABANDONED_SECONDS
    except FileNotFoundError:
        return False


def _machine() -> str:
    return re.sub(r"[^A-Za-z0-9.]", "_", socket.gethostname())


def _is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def replace_file(source: Path, target: Path) -> None:
    """Move a finished file to its place in one step that survives a crash."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb+") as handle:
        os.fsync(handle.fileno())
    source.replace(target)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
