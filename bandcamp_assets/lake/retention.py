"""Deletes staged and rejected rows that no raw file accounts for any more, such as those of withdrawn files.

A file may also have lost all rows of a day when it was staged anew under other rules. These are deleted too.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from bandcamp_assets.lake.layout import rejected_file, staged_file
from bandcamp_assets.lake.made import StagedFile

YOUNG_SECONDS = 86_400.0
"""A file is put into the lake before it is recorded, so a young file may still be recorded."""


def remove_unknown(
    lake: Path, staged: Iterable[StagedFile], *, older_than_seconds: float = YOUNG_SECONDS
) -> list[Path]:
    """Delete staged and rejected files that are not recorded.

    Args:
        lake: The lake's folder.
        staged: The staged files whose rows count, with their days.
        older_than_seconds: Files younger than this are kept.

    Returns:
        The deleted files.
    """
    known = set()
    for file in staged:
        known |= {rejected_file(lake, file.file_id)}
        known |= {staged_file(lake, day.sale_date, file.file_id) for day in file.days}
    before = time.time() - older_than_seconds
    removed = []
    for pattern in ("staged_sales/sale_date=*/*.parquet", "rejected_sales/*.parquet"):
        for path in lake.glob(pattern):
            if path not in known and path.stat().st_mtime < before:
                path.unlink(missing_ok=True)
                removed.append(path)
    return removed
