"""What staging a file once more changes: days that come out otherwise are to be cleaned anew. In a transaction.

A cleaned day is known by the files that it was made from. Where the same file gives other rows than before,
because it is judged by a later clock, that alone would not tell.
"""

from __future__ import annotations

import sqlite3

from bandcamp_assets.lake.made import StagedFile


def mark_changed_days(connection: sqlite3.Connection, file: StagedFile) -> None:
    """Forget what days were cleaned from that hold other rows of the file now. Before it is recorded."""
    rows = connection.execute(
        "select sale_date, rows, amount_paid_usd from staged_days where file_id = ?", (file.file_id,)
    ).fetchall()
    staged = {day.sale_date.isoformat(): (day.rows, str(day.amount_paid_usd)) for day in file.days}
    changed = [(day,) for day, count, usd in rows if staged.get(day) != (count, usd)]
    connection.executemany("update cleaned_days set inputs = '' where sale_date = ?", changed)
