"""Finds the days that staging a file again has changed. They must be cleaned again. Within a transaction.

The record of a cleaned day names the files that it was made from. That is not enough if the same file now gives
other rows, because it was judged by a later time of arrival.
"""

from __future__ import annotations

import sqlite3

from bandcamp_assets.lake.made import StagedFile


def mark_changed_days(connection: sqlite3.Connection, file: StagedFile) -> None:
    """Mark the days of which the file now holds other rows. To be called before the file is recorded."""
    rows = connection.execute(
        "select sale_date, rows, amount_paid_usd from staged_days where file_id = ?", (file.file_id,)
    ).fetchall()
    staged = {day.sale_date.isoformat(): (day.rows, str(day.amount_paid_usd)) for day in file.days}
    changed = [(day,) for day, count, usd in rows if staged.get(day) != (count, usd)]
    connection.executemany("update cleaned_days set inputs = '' where sale_date = ?", changed)
