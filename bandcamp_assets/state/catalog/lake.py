"""The catalog's records of the lake: staged files with their days, and cleaned days.

`catalog` opens the transactions. What the files hold byte for byte is in `contents`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from bandcamp_assets.lake.made import CleanedDay, StagedDay, StagedFile

TABLES = """
create table if not exists staged_files (
    file_id text primary key, contract text not null, raw_rows integer not null, rejected text not null,
    seconds real not null
);
create table if not exists staged_days (
    sale_date text not null, file_id text not null, rows integer not null, amount_paid_usd text not null,
    primary key (sale_date, file_id)
);
create table if not exists cleaned_days (
    sale_date text primary key, inputs text not null, rows integer not null, duplicates integer not null,
    sha256 text not null
);
"""


def record_staged(connection: sqlite3.Connection, file: StagedFile) -> None:
    """Record a staged file in place of its earlier record."""
    connection.execute("delete from staged_days where file_id = ?", (file.file_id,))
    connection.execute(
        "insert or replace into staged_files values (?, ?, ?, ?, ?)",
        (file.file_id, file.contract, file.raw_rows, json.dumps(file.rejected), file.seconds),
    )
    connection.executemany(
        "insert into staged_days values (?, ?, ?, ?)",
        [(day.sale_date.isoformat(), file.file_id, day.rows, str(day.amount_paid_usd)) for day in file.days],
    )


def staged_files(connection: sqlite3.Connection) -> list[StagedFile]:
    """All staged files with their days, in the order of arrival."""
    files = connection.execute(
        "select s.* from staged_files s join raw_files r using (file_id) order by r.arrival"
    ).fetchall()
    days = connection.execute(
        "select file_id, sale_date, rows, amount_paid_usd from staged_days order by sale_date"
    ).fetchall()
    by_file: dict[str, list[StagedDay]] = {}
    for file_id, day, rows, usd in days:
        by_file.setdefault(file_id, []).append(StagedDay(date.fromisoformat(day), rows, Decimal(usd)))
    return [
        StagedFile(file_id, contract, raw_rows, json.loads(rejected), by_file.get(file_id, []), seconds)
        for file_id, contract, raw_rows, rejected, seconds in files
    ]


def staged_inputs(connection: sqlite3.Connection) -> dict[date, list[str]]:
    """The staged files that hold rows of each day, in the order of arrival."""
    rows = connection.execute(
        "select d.sale_date, d.file_id from staged_days d join raw_files r using (file_id)"
        " order by d.sale_date, r.arrival"
    ).fetchall()
    inputs: dict[date, list[str]] = {}
    for day, file_id in rows:
        inputs.setdefault(date.fromisoformat(day), []).append(file_id)
    return inputs


def record_cleaned(connection: sqlite3.Connection, days: Iterable[CleanedDay]) -> None:
    """Record cleaned days in place of their earlier records."""
    connection.executemany(
        "insert or replace into cleaned_days values (?, ?, ?, ?, ?)",
        [(day.sale_date.isoformat(), day.inputs, day.rows, day.duplicates, day.sha256) for day in days],
    )


def cleaned_days(connection: sqlite3.Connection) -> dict[date, CleanedDay]:
    """All cleaned days."""
    rows = connection.execute("select * from cleaned_days order by sale_date").fetchall()
    days = [CleanedDay(date.fromisoformat(row[0]), *row[1:]) for row in rows]
    return {day.sale_date: day for day in days}


def days(connection: sqlite3.Connection) -> set[date]:
    """The days that any staged file or cleaned day is known for."""
    rows = connection.execute(
        "select sale_date from staged_days union select sale_date from cleaned_days"
    ).fetchall()
    return {date.fromisoformat(row[0]) for row in rows}
