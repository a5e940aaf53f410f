"""Makes runs look older, so that tests need not wait."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path


def make_older(dagster_home: Path, run_id: str, age: timedelta) -> None:
    """Set the creation of a run back by `age`."""
    (path,) = dagster_home.glob("**/runs.db")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "update runs set create_timestamp = datetime(create_timestamp, ?) where run_id = ?",
            (f"-{age.total_seconds():.0f} seconds", run_id),
        )


def let_time_pass_for_runs_that_never_began(dagster_home: Path) -> None:
    """Set the creation of runs that were not launched back by an hour."""
    (path,) = dagster_home.glob("**/runs.db")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "update runs set create_timestamp = datetime(create_timestamp, '-1 hour') where status = 'NOT_STARTED'"
        )
