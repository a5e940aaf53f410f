"""The catalog's records of inboxes: which files were handled, and which raw file corrects which.

A corrected file replaces the rows of the earlier file of its name. The commit that stages the new rows also
withdraws the old ones, so a reader always finds one of the two. `corrections` decides. All functions run within a
transaction.
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
"""The prefix of the origin of files from an inbox."""

SOURCES = "source"
"""The name, instead of an inbox, for files that were named by their path. They correct no other file."""

COLUMNS = "inbox, name, size, version, file_id, refused, refused_file_id, before"


def record(
    connection: sqlite3.Connection, delivery: Delivery, file: RawFile | None, present: Collection[str]
) -> None:
    """Record one handled file, and whether it corrects another.

    Args:
        connection: The transaction.
        delivery: The file as it is in its inbox.
        file: The raw file that it became; None if it was refused.
        present: All names in that inbox now. A name that is gone keeps no file: its file may have been renamed.
    """
    earlier, before = _stood_for(connection, delivery.inbox, delivery.name)
    if file is None:
        put(connection, delivery, earlier, before)
        return
    raw_files.add(connection, file)
    corrections.keep(connection, file.file_id)
    if earlier and earlier != file.file_id:
        before = [one for one in before if one[0] != file.file_id]
        # Before the check below, so that this name does not count as one that still needs the earlier file.
        put(connection, delivery, file.file_id, before)
        before = [*before, (earlier, _may_be_withdrawn(connection, earlier, delivery.inbox, present))]
    put(connection, delivery, file.file_id, before)
    corrections.settle(connection)


def record_source(connection: sqlite3.Connection, delivery: Delivery, file: RawFile) -> RawFile:
    """Record a file that was named by its path. Its rows count, even if they were withdrawn before.

    Returns:
        Its present record.
    """
    put(connection, delivery, file.file_id, ())
    return raw_files.add(connection, file)


def put(
    connection: sqlite3.Connection, delivery: Delivery, file_id: str, before: Collection[tuple[str, bool]]
) -> None:
    """Write one delivery, with the raw file that its name stands for now."""
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
    """The handled files of an inbox, by name."""
    return {one.name: one for one in every(connection) if one.inbox == inbox}


def every(connection: sqlite3.Connection) -> list[Delivery]:
    """The handled files of all inboxes."""
    rows = connection.execute(f"select {COLUMNS} from deliveries order by inbox, name").fetchall()  # noqa: S608
    return [replace(Delivery(*row[:7]), before=_before(row[7])) for row in rows]


def _before(text: str) -> tuple[tuple[str, bool], ...]:
    return tuple((file_id, goes) for file_id, goes in json.loads(text))


def _stood_for(connection: sqlite3.Connection, inbox: str, name: str) -> tuple[str, Collection[tuple[str, bool]]]:
    """The raw file that a name stands for, and the earlier ones if it is not judged yet."""
    row = connection.execute(
        "select file_id, before from deliveries where inbox = ? and name = ?", (inbox, name)
    ).fetchone()
    return (row[0], _before(row[1])) if row else ("", ())


def _may_be_withdrawn(connection: sqlite3.Connection, file_id: str, inbox: str, present: Collection[str]) -> bool:
    """Whether no other name in an inbox still stands for a file."""
    names = connection.execute(
        "select inbox, name from deliveries where file_id = ? and inbox <> ?", (file_id, SOURCES)
    ).fetchall()
    return not any(other != inbox or name in present for other, name in names)
