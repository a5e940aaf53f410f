"""`bandcamp sql`: runs one query that only reads on the local warehouse, and prints the answer.

How it reads while runs write. DuckDB does not let a process read a file that another one has open for writing. So
this command first takes the platform's own lock, as every writer does (`DuckDBWarehouse.access`), and then opens
the file read-only. A run that starts meanwhile waits for the lock as for another run, up to an hour. Without the
lock, the open file would make the run fail after a minute. Programs that do not know the lock, such as a DuckDB
shell, hold the file itself, and the command waits for that too. The answer is fetched and the file closed before
the first line is printed, so a pager does not keep a run waiting.

Why nothing can be changed. `read_only` protects the warehouse. But DuckDB would still let a query write the files
that belong to an open database (`with x as (copy … to '….wal') select 1`). So no file can be opened once the
warehouse is open. For the same reason, a query that needs too much memory fails instead of using the disk.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import click
import duckdb

from bandcamp_assets.cli.answers import FORMATS, Answer
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.storage.warehouse import DuckDBWarehouse
from bandcamp_assets.storage.warehouse.duckdb_file import MEMORY_LIMIT, is_held
from bandcamp_assets.storage.warehouse.warehouse import SCHEMA
from bandcamp_assets.system.disk import disk_errors
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.terminal import visible

WAIT_SECONDS = 60.0
"""How long to wait until nobody writes."""

POLL_SECONDS = 0.2

NOTICE_SECONDS = 0.5
"""After this time a notice says why the command waits."""

_CONFINED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "temp_directory": "",
    "memory_limit": MEMORY_LIMIT,
}

_READING = (duckdb.StatementType.SELECT, duckdb.StatementType.MULTI)
"""`from`, `with`, `values`, `show`, `describe` and `summarize` are selects too. A `pivot` is several in one."""


def print_sql(
    env: Mapping[str, str],
    query: str,
    *,
    output_format: str = "table",
    limit: int = 100,
    wait_seconds: float = WAIT_SECONDS,
) -> None:
    """Print the answer to a query.

    Args:
        env: The environment with the settings.
        query: One statement that reads. Tables need no schema before their names.
        output_format: One of `FORMATS`.
        limit: The most rows to print; 0 for all.
        wait_seconds: How long to wait for writers.

    Raises:
        PlatformError: If there is no local warehouse, a writer holds it too long, or the query is wrong.
    """
    settings = Settings.from_env(env)
    if settings.google_cloud:
        raise PlatformError(
            "This command reads the local warehouse only",
            where=f"BANDCAMP_DEPLOYMENT=gcp, dataset {settings.google_cloud.dataset_id}",
            remedy="use the BigQuery console, or `bq query --use_legacy_sql=false`",
        )
    path = settings.home.warehouse
    if not path.exists():
        raise _nothing_yet(path)
    _refuse_what_does_not_read(query)
    answer = _ask(path, query, limit, wait_seconds)
    sys.stdout.write(FORMATS[output_format](answer))
    if answer.has_more:
        click.echo(f"Only the first {limit:,} rows are printed; --limit 0 prints all.", err=True)


def _refuse_what_does_not_read(query: str) -> None:
    with _explained(query), duckdb.connect() as parser:
        statements = parser.extract_statements(query)
    if len(statements) != 1:
        raise PlatformError(
            f"Exactly one statement is needed; the query has {len(statements) or 'none'}",
            where=_shown(query),
            remedy="write one query; for several, run the command once for each",
        )
    if statements[0].type not in _READING:
        raise _read_only(query)


def _ask(path: Path, query: str, limit: int, wait_seconds: float) -> Answer:
    with _opened(path, wait_seconds) as connection, _explained(query):
        columns, rows = _fetch_unless_stopped(connection, query, limit)
    shown = rows[:limit] if limit else rows
    return Answer(columns, shown, has_more=len(shown) < len(rows))


def _fetch_unless_stopped(
    connection: duckdb.DuckDBPyConnection, query: str, limit: int
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Fetch in another thread. In the main thread, DuckDB may not stop at Ctrl-C until the query ends."""
    with ThreadPoolExecutor(1) as pool:
        fetched = pool.submit(_fetch, connection, query, limit)
        try:
            # In short steps, as Polars sets a handler for Ctrl-C with which a long wait would not stop.
            while not wait([fetched], POLL_SECONDS).done:
                pass
            return fetched.result()
        finally:
            # Repeated, as the query may not have started yet.
            while not fetched.done():
                connection.interrupt()
                wait([fetched], POLL_SECONDS)


def _fetch(
    connection: duckdb.DuckDBPyConnection, query: str, limit: int
) -> tuple[list[str], list[tuple[Any, ...]]]:
    connection.execute(query)
    columns = [str(column[0]) for column in connection.description or []]
    return columns, connection.fetchmany(limit + 1) if limit else connection.fetchall()


@contextmanager
def _opened(path: Path, wait_seconds: float) -> Iterator[duckdb.DuckDBPyConnection]:
    give_up = time.monotonic() + wait_seconds
    with ExitStack() as held:
        with _notice_if_it_takes_long(), disk_errors(path):
            held.enter_context(DuckDBWarehouse(path, lock_seconds=wait_seconds).access())
            connection = held.enter_context(closing(_open(path, give_up)))
        _confine(connection, path)
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


def _confine(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Make the settings for the query, and lock them."""
    try:
        connection.execute(f"set schema = '{SCHEMA}'")
    except duckdb.CatalogException as error:
        raise _nothing_yet(path) from error
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("set disabled_filesystems = 'LocalFileSystem'")
    connection.execute("set lock_configuration = true")


@contextmanager
def _explained(query: str) -> Iterator[None]:
    """Report what is wrong with a query in DuckDB's words, without a stack trace."""
    try:
        yield
    except duckdb.Error as error:
        raise _wrong(query, error) from error


def _wrong(query: str, error: duckdb.Error) -> PlatformError:
    message, _, place = str(error).partition("\n\n")
    if "read-only mode" in message:
        return _read_only(query)
    # DuckDB marks the place in a second line, which must stay below the first.
    pointed_at = [visible(line) for line in place.splitlines()[:2]] if place.startswith("LINE ") else []
    remedy = (
        f"ask for less: fewer columns, fewer days, or sums; the limit of a query is {MEMORY_LIMIT}"
        if isinstance(error, duckdb.OutOfMemoryException)
        else 'correct the query; "show tables" lists the tables, "describe fct_sales" the columns of one'
    )
    return PlatformError(
        visible(" ".join(message.splitlines()[:3])),
        where=f"\n{' ' * len('  where: ')}".join(pointed_at) or _shown(query),
        remedy=remedy,
    )


def _read_only(query: str) -> PlatformError:
    return PlatformError(
        "This statement does more than read, but the warehouse is opened read-only",
        where=_shown(query),
        remedy="write a query (select, from, with, values, pivot, show, describe, summarize)",
    )


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


def _nothing_yet(path: Path) -> PlatformError:
    return PlatformError(
        "There is no warehouse here yet",
        where=str(path),
        remedy="run `make run` (or `bandcamp run`) first, or set BANDCAMP_HOME to the home you mean",
    )


def _shown(query: str) -> str:
    return visible(" ".join(query.split())[:200]) or "the query is empty"
