"""The catalog's table of raw files, within a transaction of `Catalog`."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

from bandcamp_assets.catalog.records import RawFile

_COLUMNS = "file_id, name, stored_as, origin, made_up, size, sha256, arrived_at, arrival, withdrawn_at"


def add(connection: sqlite3.Connection, file: RawFile) -> RawFile:
    """Record a file, or let the rows of a known one count again; give it back as it stands now."""
    connection.execute(
        "insert into raw_files (file_id, name, stored_as, origin, made_up, size, sha256, arrived_at)"
        " values (?, ?, ?, ?, ?, ?, ?, ?) on conflict (file_id) do update set withdrawn_at = null",
        (
            file.file_id,
            file.name,
            file.stored_as,
            file.origin,
            file.made_up,
            file.size,
            file.sha256,
            file.arrived_at.isoformat(),
        ),
    )
    row = connection.execute(f"select {_COLUMNS} from raw_files where file_id = ?", (file.file_id,)).fetchone()  # noqa: S608
    return _file(row)


def all_of(connection: sqlite3.Connection) -> list[RawFile]:
    """All raw files in the order of their arrival."""
    rows = connection.execute(f"select {_COLUMNS} from raw_files order by arrival").fetchall()  # noqa: S608
    return [_file(row) for row in rows]


def withdraw(connection: sqlite3.Connection, file_id: str) -> None:
    """Let a file's rows no longer count. The file itself, and what is known of it, stays."""
    connection.execute(
        "update raw_files set withdrawn_at = ? where file_id = ?", (datetime.now(UTC).isoformat(), file_id)
    )
    connection.execute("delete from staged_files where file_id = ?", (file_id,))
    connection.execute("delete from staged_days where file_id = ?", (file_id,))


def is_staged(connection: sqlite3.Connection, file_id: str) -> bool:
    """Whether a file's rows are in the lake."""
    return connection.execute("select 1 from staged_files where file_id = ?", (file_id,)).fetchone() is not None


def upgrade(connection: sqlite3.Connection) -> None:
    """Add the columns that a catalog of an earlier version lacks."""
    held = {row[1] for row in connection.execute("pragma table_info(raw_files)")}
    if "withdrawn_at" in held:
        return
    try:
        connection.execute("alter table raw_files add column withdrawn_at text")
    except sqlite3.OperationalError as error:
        if "duplicate column" not in str(error):  # another process was faster
            raise


def _file(row: tuple[str, str, str, str, int, int, str, str, int, str | None]) -> RawFile:
    file_id, name, stored_as, origin, made_up, size, sha256, arrived_at, arrival, withdrawn_at = row
    return RawFile(
        file_id,
        name,
        stored_as,
        origin,
        bool(made_up),
        size,
        sha256,
        datetime.fromisoformat(arrived_at),
        arrival,
        datetime.fromisoformat(withdrawn_at) if withdrawn_at else None,
    )
