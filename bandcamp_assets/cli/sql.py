"""`bandcamp sql`: runs one query that only reads, and prints the answer.

It reads the files of the data package, so nobody waits: neither the query for a run, nor a run for the query.
A query of other tables (`sales`, `stg_sales`, the seeds) reads the warehouse, and so does one of a home whose
package is not made yet, or with `--warehouse`. `sql_places` opens both, so that nothing can be changed.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import click
import duckdb

from bandcamp_assets.cli.answers import FORMATS, Answer
from bandcamp_assets.cli.sql_places import POLL_SECONDS, nothing_yet, opened_package, opened_warehouse
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.report.data_package.contents import descriptor_path
from bandcamp_assets.storage.warehouse.duckdb_file import MEMORY_LIMIT
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.home import Home
from bandcamp_assets.system.terminal import visible

WAIT_SECONDS = 60.0
"""How long to wait until nobody writes to the warehouse."""

_READING = (duckdb.StatementType.SELECT, duckdb.StatementType.MULTI)
"""`from`, `with`, `values`, `show`, `describe` and `summarize` are selects too. A `pivot` is several in one."""


def print_sql(
    env: Mapping[str, str],
    query: str,
    *,
    output_format: str = "table",
    limit: int = 100,
    from_warehouse: bool = False,
    wait_seconds: float = WAIT_SECONDS,
) -> None:
    """Print the answer to a query.

    Args:
        env: The environment with the settings.
        query: One statement that reads. Tables need no schema before their names.
        output_format: One of `FORMATS`.
        limit: The most rows to print; 0 for all.
        from_warehouse: Read the warehouse, and wait for writers, even if there is a data package.
        wait_seconds: How long to wait for writers.

    Raises:
        PlatformError: If there is nothing to read, a writer holds the warehouse too long, or the query is wrong.
    """
    _refuse_what_does_not_read(query)
    settings = Settings.from_env(env)
    try:
        answer = _ask(_place(settings, wait_seconds, from_warehouse=from_warehouse), query, limit)
    except PlatformError as error:
        lacks_table = isinstance(error.__cause__, duckdb.CatalogException)
        if from_warehouse or not lacks_table or settings.google_cloud or not settings.home.warehouse.exists():
            raise
        answer = _ask(_place(settings, wait_seconds, from_warehouse=True), query, limit)
    sys.stdout.write(FORMATS[output_format](answer))
    if answer.has_more:
        click.echo(f"Only the first {limit:,} rows are printed; --limit 0 prints all.", err=True)


def ask_package(home: Home, query: str, *, limit: int, seconds: float) -> Answer:
    """Ask the data package alone, as a program does that nobody can stop with Ctrl-C.

    Args:
        home: The home with the package.
        query: One statement that reads.
        limit: The most rows of the answer.
        seconds: How long the query may take.

    Raises:
        PlatformError: If there is no package, or the query is wrong, does more than read, or takes too long.
    """
    _refuse_what_does_not_read(query)
    if not descriptor_path(home).is_file():
        raise nothing_yet(descriptor_path(home))
    return _ask(opened_package(home), query, limit, seconds)


def _place(
    settings: Settings, wait_seconds: float, *, from_warehouse: bool
) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    home = settings.home
    if not from_warehouse and descriptor_path(home).is_file():
        return opened_package(home)
    if settings.google_cloud:
        raise PlatformError(
            "This command reads the data package and the local warehouse only",
            where=f"BANDCAMP_DEPLOYMENT=gcp, dataset {settings.google_cloud.dataset_id}",
            remedy="make the package with `bandcamp run`, use the BigQuery console, or"
            " `bq query --use_legacy_sql=false`",
        )
    if not home.warehouse.exists():
        raise nothing_yet(home.warehouse)
    return opened_warehouse(home.warehouse, wait_seconds)


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


def _ask(
    place: AbstractContextManager[duckdb.DuckDBPyConnection], query: str, limit: int, seconds: float = math.inf
) -> Answer:
    with place as connection, _explained(query):
        columns, rows = _fetch_unless_stopped(connection, query, limit, seconds)
    shown = rows[:limit] if limit else rows
    return Answer(columns, shown, has_more=len(shown) < len(rows))


def _fetch_unless_stopped(
    connection: duckdb.DuckDBPyConnection, query: str, limit: int, seconds: float
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Fetch in another thread. In the main thread, DuckDB may not stop at Ctrl-C until the query ends."""
    give_up = time.monotonic() + seconds
    with ThreadPoolExecutor(1) as pool:
        fetched = pool.submit(_fetch, connection, query, limit)
        try:
            # In short steps, as Polars sets a handler for Ctrl-C with which a long wait would not stop.
            while not wait([fetched], POLL_SECONDS).done:
                if time.monotonic() > give_up:
                    raise _too_slow(query, seconds)
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


def _too_slow(query: str, seconds: float) -> PlatformError:
    return PlatformError(
        f"The query took longer than {seconds:.0f} seconds and was stopped",
        where=_shown(query),
        remedy="ask for less: fewer columns, fewer days, or sums",
    )


def _read_only(query: str) -> PlatformError:
    return PlatformError(
        "This statement does more than read, but the warehouse is opened read-only",
        where=_shown(query),
        remedy="write a query (select, from, with, values, pivot, show, describe, summarize)",
    )


def _shown(query: str) -> str:
    return visible(" ".join(query.split())[:200]) or "the query is empty"
