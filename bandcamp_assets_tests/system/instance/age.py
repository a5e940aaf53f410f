"""Makes runs older than they are, so that no test has to wait for what happens after a while."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path


def make_older(dagster_home: Path, run_id: str, age: timedelta) -> None:
    """Put the creation of a run back by so much."""
    (path,) = dagster_home.glob("**/runs.db")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "update runs set create_timestamp = datetime(create_timestamp, ?) where run_id = ?",
            (f"-{age.total_seconds():.0f} seconds", run_id),
        )


def let_time_pass_for_runs_that_never_began(dagster_home: Path) -> None:
    """Put the creation of runs that were not even launched an hour back."""
    (path,) = dagster_home.glob("**/runs.db")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "update runs set create_timestamp = datetime(create_timestamp, '-1 hour') where status = 'NOT_STARTED'"
        )
