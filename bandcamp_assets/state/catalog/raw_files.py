"""The catalog's table of raw files, within a transaction of `Catalog`."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

from bandcamp_assets.sources.delivery.file_format import FileFormat
from bandcamp_assets.sources.raw_file import RawFile

FOUND = "found:"
"""The prefix of the origin of a file that was only found on disk, when the catalog was rebuilt."""

COLUMNS = "file_id, name, stored_as, origin, made_up, size, sha256, arrived_at, form, arrival, withdrawn_at"

_ADDED = {
    "raw_files": {
        "withdrawn_at": "text",
        "manifest": "text not null default ''",
        "form": "text not null default ''",
    },
    "deliveries": {"refused_file_id": "text not null default ''", "before": "text not null default '[]'"},
}
"""Columns that catalogs of earlier versions lack."""


_TRIGGERS = """
create trigger if not exists file_changed after update of
    name, stored_as, origin, made_up, size, sha256, arrived_at, arrival, withdrawn_at on raw_files
    begin update raw_files set manifest = '' where file_id = new.file_id; end;
create trigger if not exists name_delivered before insert on deliveries
    begin update raw_files set manifest = '' where file_id = new.file_id
        or file_id in (select file_id from deliveries where inbox = new.inbox and name = new.name); end;
create trigger if not exists name_judged after update on deliveries
    begin update raw_files set manifest = '' where file_id in (old.file_id, new.file_id); end;
create trigger if not exists file_staged after insert on staged_files
    begin update raw_files set manifest = '' where file_id = new.file_id; end;
create trigger if not exists file_judged_again after update of contract on staged_files
    begin update raw_files set manifest = '' where file_id = new.file_id; end;
create trigger if not exists file_unstaged after delete on staged_files
    begin update raw_files set manifest = '' where file_id = old.file_id; end;
"""
"""Whatever changes the content of a manifest marks that manifest to be written. The others are not looked at."""


def add(connection: sqlite3.Connection, file: RawFile) -> RawFile:
    """Record a file, or let the rows of a known file count again. Returns its present record.

    A known file keeps its place in the order of arrival. A withdrawn file that is delivered again gets the new
    time of arrival. A file that was only found on disk gets its name and origin from the delivery.
    """
    connection.execute(
        "insert into raw_files (file_id, name, stored_as, origin, made_up, size, sha256, arrived_at, form)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (file_id) do update set"
        " form = case when excluded.form = '' then form else excluded.form end,"
        " arrived_at = case when withdrawn_at is null then arrived_at else excluded.arrived_at end,"
        " withdrawn_at = null",
        _values(file),
    )
    connection.execute(
        "update raw_files set name = ?2, stored_as = ?3, origin = ?4, size = ?6, sha256 = ?7"
        " where file_id = ?1 and origin like ?8 || '%' and ?4 not like ?8 || '%'",
        (*_values(file)[:7], FOUND),
    )
    known = one(connection, file.file_id)
    assert known is not None  # noqa: S101 - it was written just now
    return known


def one(connection: sqlite3.Connection, file_id: str) -> RawFile | None:
    """A raw file by its id, even if its rows no longer count."""
    row = connection.execute(f"select {COLUMNS} from raw_files where file_id = ?", (file_id,)).fetchone()  # noqa: S608
    return _file(row) if row else None


def all_of(connection: sqlite3.Connection) -> list[RawFile]:
    """All raw files in the order of arrival."""
    rows = connection.execute(f"select {COLUMNS} from raw_files order by arrival").fetchall()  # noqa: S608
    return [_file(row) for row in rows]


def put(connection: sqlite3.Connection, file: RawFile) -> None:
    """Record a file exactly as given, including its place in the order of arrival."""
    withdrawn_at = file.withdrawn_at.isoformat() if file.withdrawn_at else None
    connection.execute(
        f"insert into raw_files ({COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        (*_values(file), file.arrival, withdrawn_at),
    )


def withdraw(connection: sqlite3.Connection, file_id: str) -> None:
    """Stop counting a file's rows. The file itself and its record stay."""
    connection.execute(
        "update raw_files set withdrawn_at = ? where file_id = ?", (datetime.now(UTC).isoformat(), file_id)
    )
    connection.execute("delete from staged_files where file_id = ?", (file_id,))
    connection.execute("delete from staged_days where file_id = ?", (file_id,))


def judge_again(connection: sqlite3.Connection, file_id: str, arrived_at: datetime) -> None:
    """Mark a file to be staged again, with another time of arrival. Until then its present rows count."""
    connection.execute("update raw_files set arrived_at = ? where file_id = ?", (arrived_at.isoformat(), file_id))
    connection.execute("update staged_files set contract = '' where file_id = ?", (file_id,))


def upgrade(connection: sqlite3.Connection) -> None:
    """Add what a catalog of an earlier version lacks."""
    connection.execute("create table if not exists manifests (generation integer not null)")
    for table, columns in _ADDED.items():
        held = {row[1] for row in connection.execute(f"pragma table_info({table})")}
        for name in columns.keys() - held:
            _add_column(connection, table, name, columns[name])
    connection.executescript(_TRIGGERS)
    # Only a few deliveries await judgement, but every file that is staged looks for them.
    connection.execute(
        "create index if not exists deliveries_to_judge on deliveries (inbox, name) where before <> '[]'"
    )


def _add_column(connection: sqlite3.Connection, table: str, name: str, kind: str) -> None:
    try:
        connection.execute(f"alter table {table} add column {name} {kind}")
    except sqlite3.OperationalError as error:
        if "duplicate column" not in str(error):  # another process was faster
            raise


def _values(file: RawFile) -> tuple[str, str, str, str, bool, int, str, str, str]:
    form = file.form.as_json() if file.form else ""
    arrived_at = file.arrived_at.isoformat()
    named = (file.file_id, file.name, file.stored_as, file.origin)
    return *named, file.synthetic, file.size, file.sha256, arrived_at, form


def _file(row: tuple[str, str, str, str, int, int, str, str, str, int, str | None]) -> RawFile:
    file_id, name, stored_as, origin, made_up, size, sha256, arrived_at, form, arrival, withdrawn_at = row
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
        FileFormat.from_json(form),
    )
