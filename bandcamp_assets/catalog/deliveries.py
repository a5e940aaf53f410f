"""The catalog's account of inboxes: what was handled, and which raw file corrects which. Within a transaction.

A corrected file replaces the rows of the file that bore its name before. That happens in the very commit that
stages the new rows, so that no reader ever finds neither.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

from bandcamp_assets.catalog import raw_files
from bandcamp_assets.catalog.records import Delivery, RawFile

ORIGIN = "inbox:"
"""How the origin of files from an inbox begins. Others are never withdrawn: nobody delivers them by name."""


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
    earlier = _file_of(connection, delivery.inbox, delivery.name)
    connection.execute(
        "insert or replace into deliveries (inbox, name, size, version, file_id, refused)"
        " values (?, ?, ?, ?, ?, ?)",
        (
            delivery.inbox,
            delivery.name,
            delivery.size,
            delivery.version,
            file.file_id if file else earlier,
            delivery.refused,
        ),
    )
    if file is None:
        return
    raw_files.add(connection, file)
    # Were it to be withdrawn for another file, that is undone: it is delivered now.
    connection.execute("delete from corrections where old_file_id = ?", (file.file_id,))
    if earlier and earlier != file.file_id and _may_be_withdrawn(connection, earlier, delivery.inbox, lying):
        _correct(connection, earlier, file.file_id)


def all_of(connection: sqlite3.Connection, inbox: str) -> dict[str, Delivery]:
    """What has been handled of an inbox, by name."""
    rows = connection.execute(
        "select inbox, name, size, version, file_id, refused from deliveries where inbox = ?", (inbox,)
    ).fetchall()
    return {row[1]: Delivery(*row) for row in rows}


def withdraw_corrected(connection: sqlite3.Connection, file_id: str) -> None:
    """Withdraw what a file corrects, now that its own rows are staged."""
    rows = connection.execute("select old_file_id from corrections where new_file_id = ?", (file_id,)).fetchall()
    for (old,) in rows:
        raw_files.withdraw(connection, old)
    connection.execute("delete from corrections where new_file_id = ?", (file_id,))


def _correct(connection: sqlite3.Connection, old: str, new: str) -> None:
    if raw_files.is_staged(connection, new):
        raw_files.withdraw(connection, old)
        return
    if raw_files.is_staged(connection, old):
        connection.execute("insert or ignore into corrections values (?, ?)", (old, new))
        return
    # Never staged: what it was to correct is left to its successor.
    raw_files.withdraw(connection, old)
    connection.execute("update or replace corrections set new_file_id = ? where new_file_id = ?", (new, old))


def _file_of(connection: sqlite3.Connection, inbox: str, name: str) -> str:
    row = connection.execute(
        "select file_id from deliveries where inbox = ? and name = ?", (inbox, name)
    ).fetchone()
    return row[0] if row else ""


def _may_be_withdrawn(connection: sqlite3.Connection, file_id: str, inbox: str, lying: Collection[str]) -> bool:
    """Whether a file came from an inbox, and no other name that lies in one stands for it still."""
    names = connection.execute("select inbox, name from deliveries where file_id = ?", (file_id,)).fetchall()
    is_needed = any(other != inbox or name in lying for other, name in names)
    row = connection.execute("select origin from raw_files where file_id = ?", (file_id,)).fetchone()
    return not is_needed and row is not None and str(row[0]).startswith(ORIGIN)
