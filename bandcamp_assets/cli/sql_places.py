"""What `bandcamp sql` reads, opened so that a query can change nothing.

The warehouse: DuckDB does not let a process read a file that another one has open for writing. So the platform's
own lock is taken first, as every writer does (`DuckDBWarehouse.access`), and then the file is opened read-only.
A run that starts meanwhile waits for the lock as for another run, up to an hour. Without the lock, the open file
would make the run fail after a minute. Programs that do not know the lock, such as a DuckDB shell, hold the file
itself, and the command waits for that too. The answer is fetched and the file closed before the first line is
printed, so a pager does not keep a run waiting.

The data package: its files are only ever replaced whole, so they are read without a lock. DuckDB gets them through
Arrow and opens no file itself.

Why nothing can be changed: `read_only` protects the warehouse. But DuckDB would still let a query write files
(`with x as (copy … to '….wal') select 1`). So no file can be opened once the connection is handed out. For the
same reason, a query that needs too much memory fails instead of using the disk.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import click
import duckdb

from bandcamp_assets.lake.damage import DamagedFileError
from bandcamp_assets.report.data_package.contents import descriptor_path, paths_of
from bandcamp_assets.storage.warehouse import DuckDBWarehouse
from bandcamp_assets.storage.warehouse.duckdb_file import MEMORY_LIMIT, is_held
from bandcamp_assets.storage.warehouse.warehouse import SCHEMA
from bandcamp_assets.system.disk import disk_errors
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.home import Home

POLL_SECONDS = 0.2

NOTICE_SECONDS = 0.5
"""After this time a notice says why the command waits."""

_CONFINED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "temp_directory": "",
    "memory_limit": MEMORY_LIMIT,
}


_REMEDY = "run `bandcamp run`: the file is written again from the warehouse"


@contextmanager
def opened_package(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the tables of the data package.

    Raises:
        PlatformError: If a file of the package is damaged.
    """
    # Imported here, as it takes a while to load.
    import pyarrow
    from pyarrow import dataset

    described = json.loads(descriptor_path(home).read_text(encoding="utf-8"))["resources"]
    with closing(duckdb.connect(config=_CONFINED)) as connection:
        connection.execute(f"create schema {SCHEMA}")
        connection.execute(f"set schema = '{SCHEMA}'")
        for table in described:
            paths = paths_of(home, table["name"])
            try:
                files = dataset.dataset([str(path) for path in paths], format="parquet")
            except (OSError, pyarrow.ArrowInvalid) as error:
                raise DamagedFileError(
                    f"The table {table['name']} cannot be read", path=paths[0], remedy=_REMEDY
                ) from error
            connection.from_arrow(files).create_view(table["name"])
        _confine(connection)
        yield connection


@contextmanager
def opened_warehouse(path: Path, wait_seconds: float) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse, once nobody writes.

    Raises:
        PlatformError: If it cannot be opened, or a writer holds it for longer than `wait_seconds`.
    """
    give_up = time.monotonic() + wait_seconds
    with ExitStack() as held:
        with _notice_if_it_takes_long(), disk_errors(path):
            held.enter_context(DuckDBWarehouse(path, lock_seconds=wait_seconds).access())
            connection = held.enter_context(closing(_open(path, give_up)))
        try:
            connection.execute(f"set schema = '{SCHEMA}'")
        except duckdb.CatalogException as error:
            raise nothing_yet(path) from error
        _confine(connection)
        yield connection


@contextmanager
def _notice_if_it_takes_long() -> Iterator[None]:
    notice = threading.Timer(
        NOTICE_SECONDS, click.echo, ["Waiting until nobody writes to the warehouse …"], {"err": True}
    )
    notice.daemon = True
    notice.start()
    try:
        yield
    finally:
        notice.cancel()


def _open(path: Path, give_up: float) -> duckdb.DuckDBPyConnection:
    while True:
        try:
            return duckdb.connect(path, read_only=True, config=_CONFINED)
        except duckdb.Error as error:
            held = is_held(error)
            if not held or time.monotonic() > give_up:
                raise _refused(error, path, held=held) from error
        time.sleep(POLL_SECONDS)


def _confine(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the settings for the query, and lock them."""
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("set disabled_filesystems = 'LocalFileSystem'")
    connection.execute("set lock_configuration = true")


def _refused(error: duckdb.Error, path: Path, *, held: bool) -> PlatformError:
    message = str(error).splitlines()[0]
    if held:
        return PlatformError(
            "Another program has the warehouse open for writing",
            where=f"{path} ({message})",
            remedy="close that program (a DuckDB shell, a notebook), and run the query again",
        )
    return PlatformError(
        f"The warehouse cannot be opened: {message}",
        where=str(path),
        remedy="restore the file, or move it away and run `make run`: it is rebuilt from the lake",
    )


def nothing_yet(path: Path) -> PlatformError:
    """The error of a home without tables."""
    return PlatformError(
        f"There is no {'data package' if path.suffix == '.json' else 'warehouse'} here yet",
        where=str(path),
        remedy="run `make run` (or `bandcamp run`) first, or set BANDCAMP_HOME to the home you mean",
    )
