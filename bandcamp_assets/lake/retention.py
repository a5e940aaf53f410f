"""Deletes from the lake what no raw file stands behind any more: staged and rejected rows of withdrawn files.

So are the rows of a day of which a file has none since it was staged anew, under other rules.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from bandcamp_assets.lake.layout import rejected_file, staged_file
from bandcamp_assets.lake.made import StagedFile

YOUNG_SECONDS = 86_400.0
"""A file is in the lake before it is recorded; a young one may be about to be."""


def remove_unknown(
    lake: Path, staged: Iterable[StagedFile], *, older_than_seconds: float = YOUNG_SECONDS
) -> list[Path]:
    """Delete staged and rejected files that no record stands for.

    Args:
        lake: The lake's folder.
        staged: The staged files whose rows count, with their days.
        older_than_seconds: Files that were written later than this long ago stay.

    Returns:
        What was deleted.
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
