"""Deletes from the lake what no raw file stands behind any more: staged and rejected rows of withdrawn files."""

from __future__ import annotations

import time
from collections.abc import Collection
from pathlib import Path

YOUNG_SECONDS = 86_400.0
"""A file is in the lake before it is recorded; a young one may be about to be."""


def remove_unknown(
    lake: Path, file_ids: Collection[str], *, older_than_seconds: float = YOUNG_SECONDS
) -> list[Path]:
    """Delete staged and rejected files of raw files that are not among `file_ids`.

    Args:
        lake: The lake's folder.
        file_ids: The raw files whose rows count.
        older_than_seconds: Files that were written later than this long ago stay.

    Returns:
        What was deleted.
    """
    before = time.time() - older_than_seconds
    removed = []
    for pattern in ("staged_sales/sale_date=*/*.parquet", "rejected_sales/*.parquet"):
        for path in lake.glob(pattern):
            if path.stem not in file_ids and path.stat().st_mtime < before:
                path.unlink(missing_ok=True)
                removed.append(path)
    return removed
