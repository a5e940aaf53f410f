"""What a correction comes to once its rows are staged: it takes the place of an earlier file, or it is refused.

Within a transaction. A file none of whose rows is a sale, although it has rows, takes the place of no file with
sales: whoever spoilt it did not want that. A file with a header alone does, as that is the way to take rows out.
"""

from __future__ import annotations

import json
import sqlite3

from bandcamp_assets.catalog import raw_files
from bandcamp_assets.errors import PlatformError


def settle(connection: sqlite3.Connection, file_id: str) -> None:
    """Withdraw what a file corrects, or refuse the correction, now that the file's own rows are staged."""
    earlier = _corrected_by(connection, file_id)
    if _is_without_sale(connection, file_id) and any(_may_hold_sales(connection, one) for one in earlier):
        _refuse(connection, file_id, earlier)
        return
    for one in earlier:
        _withdraw(connection, one)
    connection.execute("delete from corrections where new_file_id = ?", (file_id,))
    for inbox, name, stands_for, before in _with_before(connection):
        if stands_for == file_id:
            _remember(connection, inbox, name, [])
        elif file_id in before:
            _remember(connection, inbox, name, before[before.index(file_id) :])


def _refuse(connection: sqlite3.Connection, file_id: str, earlier: list[str]) -> None:
    """Let names that stood for the file stand for what they did before; what was to correct it corrects that."""
    rows, reasons = _rejected(connection, file_id)
    for inbox, name, stands_for, before in _with_before(connection):
        others = [one for one in before if one != file_id]
        if stands_for == file_id and others:
            connection.execute(
                "update deliveries set file_id = ?, before = ?, refused = ?, refused_file_id = ?"
                " where inbox = ? and name = ?",
                (
                    others[-1],
                    json.dumps(others[:-1]),
                    _reason(f"{inbox}/{name}", rows, reasons),
                    file_id,
                    inbox,
                    name,
                ),
            )
        elif others != before:
            _remember(connection, inbox, name, others)
    later = connection.execute("select new_file_id from corrections where old_file_id = ?", (file_id,)).fetchall()
    connection.execute("delete from corrections where ? in (old_file_id, new_file_id)", (file_id,))
    connection.executemany(
        "insert or ignore into corrections values (?, ?)", [(old, new) for old in earlier for (new,) in later]
    )
    if not _was_delivered_otherwise(connection, file_id):
        raw_files.withdraw(connection, file_id)


def _reason(where: str, rows: int, reasons: str) -> str:
    return str(
        PlatformError(
            f"None of the {rows:,} rows of this correction can be a sale ({reasons}); the earlier rows stay",
            where=where,
            remedy="deliver a corrected file under the same name (one with the header alone takes the rows out)",
        )
    )


def _corrected_by(connection: sqlite3.Connection, file_id: str) -> list[str]:
    rows = connection.execute("select old_file_id from corrections where new_file_id = ?", (file_id,)).fetchall()
    return [old for (old,) in rows]


def _withdraw(connection: sqlite3.Connection, file_id: str) -> None:
    """Withdraw a file, and what it was to correct itself but was not staged in time to."""
    earlier = _corrected_by(connection, file_id)
    connection.execute("delete from corrections where ? in (old_file_id, new_file_id)", (file_id,))
    raw_files.withdraw(connection, file_id)
    for one in earlier:
        _withdraw(connection, one)


def _is_without_sale(connection: sqlite3.Connection, file_id: str) -> bool:
    """Whether a staged file has rows, and none of them is a sale."""
    return _rejected(connection, file_id)[0] > 0 and not _sales(connection, file_id)


def _may_hold_sales(connection: sqlite3.Connection, file_id: str) -> bool:
    """Whether a file has sales, or is not staged, so that nobody knows."""
    return not raw_files.is_staged(connection, file_id) or _sales(connection, file_id) > 0


def _sales(connection: sqlite3.Connection, file_id: str) -> int:
    row = connection.execute(
        "select coalesce(sum(rows), 0) from staged_days where file_id = ?", (file_id,)
    ).fetchone()
    return int(row[0])


def _rejected(connection: sqlite3.Connection, file_id: str) -> tuple[int, str]:
    """The rows of a staged file, and why they were rejected, as part of a sentence."""
    row = connection.execute(
        "select raw_rows, rejected from staged_files where file_id = ?", (file_id,)
    ).fetchone()
    reasons = json.loads(row[1]) if row else {}
    said = ", ".join(f"{reason} {count:,}" for reason, count in sorted(reasons.items()) if count)
    return (int(row[0]), said) if row else (0, "")


def _was_delivered_otherwise(connection: sqlite3.Connection, file_id: str) -> bool:
    """Whether a refused file is also something else than a correction: named by its path, or first of its name."""
    names = connection.execute("select 1 from deliveries where file_id = ?", (file_id,)).fetchone()
    origin = connection.execute("select origin from raw_files where file_id = ?", (file_id,)).fetchone()
    return names is not None or (origin is not None and not str(origin[0]).startswith(("inbox:", raw_files.FOUND)))


def _with_before(connection: sqlite3.Connection) -> list[tuple[str, str, str, list[str]]]:
    """Inbox, name, raw file, and earlier raw files, of the names whose last delivery is not judged yet."""
    rows = connection.execute(
        "select inbox, name, file_id, before from deliveries where before <> '[]'"
    ).fetchall()
    return [(inbox, name, file_id, json.loads(before)) for inbox, name, file_id, before in rows]


def _remember(connection: sqlite3.Connection, inbox: str, name: str, before: list[str]) -> None:
    connection.execute(
        "update deliveries set before = ? where inbox = ? and name = ?", (json.dumps(before), inbox, name)
    )
