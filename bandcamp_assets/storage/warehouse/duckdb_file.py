"""The DuckDB file: who may open it, how it is opened, and what it means if that fails.

DuckDB lets one process write at a time. So everything that opens the file, including dbt, first takes the same
file lock. Of two runs at once, one waits instead of failing. (Within Dagster, the pool `duckdb` already delays the
start of a step. The lock also works between the command line and the UI.) This module knows no table.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from filelock import FileLock, Timeout

from bandcamp_assets.system.disk import disk_errors, file_version
from bandcamp_assets.system.errors import PlatformError

LOCK_SECONDS = 3600.0
"""How long to wait for another run to release the file."""

VISITOR_SECONDS = 60.0
"""How long to wait for a program that does not use the lock, such as a DuckDB shell. As in dbt's profile."""

MEMORY_LIMIT = "1GB"
"""As in dbt's profile. With less, marts of 10,000,000 sales take a fifth longer. With more, they are no faster."""


class DuckDBFile:
    """The DuckDB file `path`, which need not exist yet."""

    def __init__(
        self, path: Path, *, lock_seconds: float = LOCK_SECONDS, visitor_seconds: float = VISITOR_SECONDS
    ) -> None:
        self.path = path
        self._lock_seconds = lock_seconds
        self._visitor_seconds = visitor_seconds
        self._kept: duckdb.DuckDBPyConnection | None = None

    def version(self) -> str:
        """The file's version (`file_version`); empty if there is none, or if changes wait beside it."""
        if not self.path.exists() or self.path.with_name(f"{self.path.name}.wal").exists():
            return ""
        return file_version(self.path)

    @contextmanager
    def access(self) -> Iterator[None]:
        """Hold the lock. Waits for it for up to `lock_seconds`. Creates a missing file.

        Raises:
            PlatformError: Another process held the lock for all that time.
        """
        lock = FileLock(self.path.with_suffix(".lock"), timeout=self._lock_seconds, is_singleton=True)
        try:
            with lock:
                self._make()
                yield
        except Timeout as error:
            raise PlatformError(
                f"Another run has held the warehouse for {self._lock_seconds:.0f} seconds",
                where=str(self.path),
                remedy="wait for that run to end, or stop it, and run again",
            ) from error

    def _make(self) -> None:
        """Create a missing file in one step. DuckDB would refuse a file that a kill left half-written."""
        if self.path.exists():
            return
        half_made = self.path.with_suffix(".new")
        with disk_errors(self.path):
            half_made.unlink(missing_ok=True)
            duckdb.connect(half_made).close()
            half_made.replace(self.path)

    @contextmanager
    def session(self) -> Iterator[None]:
        """Keep one connection open for all calls of `connect` within, as each opening takes 20 ms.

        For one thread, and not while dbt has the file open. A missing file is not created.
        """
        if not self.path.exists():
            yield
            return
        with self.connect() as connection:
            before, self._kept = self._kept, connection
            try:
                yield
            finally:
                self._kept = before

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the file for reading and writing, in UTC. Creates a missing file.

        Raises:
            PlatformError: The file is held by another program or run, or it is damaged.
        """
        if self._kept is not None:
            yield self._kept
            return
        with self.access():
            connection = self._open()
            try:
                with disk_errors(self.path):
                    connection.execute("set TimeZone = 'UTC'")
                    connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'")
                    yield connection
            except duckdb.Error as error:
                if not _is_damaged(error, self.path):
                    raise
                raise self._refused(error) from error
            finally:
                connection.close()

    def _open(self) -> duckdb.DuckDBPyConnection:
        """Open the file. If another program has it open, wait a while for that program."""
        give_up = time.monotonic() + self._visitor_seconds
        while True:
            try:
                with disk_errors(self.path):
                    return duckdb.connect(self.path)
            except duckdb.OutOfMemoryException:
                raise  # not an error of the file
            except duckdb.Error as error:
                if not is_held(error) or time.monotonic() > give_up:
                    raise self._refused(error) from error
            time.sleep(0.2)

    def _refused(self, error: duckdb.Error) -> PlatformError:
        if is_held(error):
            return PlatformError(
                "Another program has the warehouse open",
                where=f"{self.path} ({str(error).splitlines()[0]})",
                remedy="close that program (a DuckDB shell, a notebook), and run again",
            )
        return PlatformError(
            f"The warehouse cannot be read: {str(error).splitlines()[0]}",
            where=str(self.path),
            remedy="restore the file, or move it away and run again: it is rebuilt from the lake",
        )


def _is_damaged(error: duckdb.Error, path: Path) -> bool:
    """Whether the file was cut or changed. DuckDB notices that when it reads, not when it opens the file."""
    said = str(error)
    return "Corrupt database file" in said or ("Could not read enough bytes" in said and str(path) in said)


def is_held(error: duckdb.Error) -> bool:
    """Whether another process has the file open. The text also holds the path, which may have any words in it."""
    return isinstance(error, duckdb.IOException) and "could not set lock" in str(error).lower()
