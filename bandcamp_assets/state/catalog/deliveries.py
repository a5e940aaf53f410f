"""The catalog's account of inboxes: what was handled, and which raw file corrects which. Within a transaction.

A corrected file replaces the rows of the file that bore its name before. That happens in the very commit that
stages the new rows, so that no reader ever finds neither. What is decided then stands in `corrections`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from dataclasses import replace

from bandcamp_assets.sources.raw_file import RawFile
from bandcamp_assets.state.catalog import corrections, raw_files
from bandcamp_assets.state.catalog.records import Delivery

ORIGIN = "inbox:"
"""How the origin of files from an inbox begins."""

SOURCES = "source"
"""Stands in the place of an inbox for files that were named by their path. Nothing there is a correction."""

COLUMNS = "inbox, name, size, version, file_id, refused, refused_file_id, before"


def record(
    connection: sqlite3.Connection, delivery: Delivery, file: RawFile | None, lying: Collection[str]
) -> None:
    """Record one handled file, and the correction that it may be.

    Args:
        connection: The transaction.
        delivery: The file as it lies in its inbox.
        file: The raw file that it became; None if it was refused.
        lying: All names in that inbox now. A name that is gone, because its file was renamed, stands for nothing.
    """
    earlier, before = _stood_for(connection, delivery.inbox, delivery.name)
    if file is None:
        put(connection, delivery, earlier, before)
        return
    raw_files.add(connection, file)
    corrections.keep(connection, file.file_id)
    if earlier and earlier != file.file_id:
        before = [one for one in before if one[0] != file.file_id]
        # First, so that the name itself does not count as one that stands for the earlier file.
        put(connection, delivery, file.file_id, before)
        before = [*before, (earlier, _may_be_withdrawn(connection, earlier, delivery.inbox, lying))]
    put(connection, delivery, file.file_id, before)
    corrections.settle(connection)


def record_source(connection: sqlite3.Connection, delivery: Delivery, file: RawFile) -> RawFile:
    """Record a file that was named by its path: its rows count, also where they were withdrawn before.

    Returns:
        The file as it stands now.
    """
    put(connection, delivery, file.file_id, ())
    return raw_files.add(connection, file)


def put(
    connection: sqlite3.Connection, delivery: Delivery, file_id: str, before: Collection[tuple[str, bool]]
) -> None:
    """Write one delivery down, with the raw file that its name stands for now."""
    connection.execute(
        f"insert or replace into deliveries ({COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - a constant
        (
            delivery.inbox,
            delivery.name,
            delivery.size,
            delivery.version,
            file_id,
            delivery.refused,
            delivery.refused_file_id,
            json.dumps(list(before)),
        ),
    )


def all_of(connection: sqlite3.Connection, inbox: str) -> dict[str, Delivery]:
    """What has been handled of an inbox, by name."""
    return {one.name: one for one in every(connection) if one.inbox == inbox}


def every(connection: sqlite3.Connection) -> list[Delivery]:
    """What has been handled of all inboxes."""
    rows = connection.execute(f"select {COLUMNS} from deliveries order by inbox, name").fetchall()  # noqa: S608
    return [replace(Delivery(*row[:7]), before=_before(row[7])) for row in rows]


def _before(text: str) -> tuple[tuple[str, bool], ...]:
    return tuple((file_id, goes) for file_id, goes in json.loads(text))


def _stood_for(connection: sqlite3.Connection, inbox: str, name: str) -> tuple[str, Collection[tuple[str, bool]]]:
    """The raw file that a name stands for, and those before, if it is not judged yet."""
    row = connection.execute(
        "select file_id, before from deliveries where inbox = ? and name = ?", (inbox, name)
    ).fetchone()
    return (row[0], _before(row[1])) if row else ("", ())


def _may_be_withdrawn(connection: sqlite3.Connection, file_id: str, inbox: str, lying: Collection[str]) -> bool:
    """Whether no other name that lies in an inbox stands for a file still, wherever its bytes came from first."""
    names = connection.execute(
        "select inbox, name from deliveries where file_id = ? and inbox <> ?", (file_id, SOURCES)
    ).fetchall()
    return not any(other != inbox or name in lying for other, name in names)
