"""Reads Parquet files by their literal paths. The only module that calls Polars' Parquet readers.

By default Polars takes `[ ] * ?` in a path for a pattern, and a folder above the file such as `currency=EUR` for a
column. A home may be in such a folder, so the whole platform reads Parquet through this module.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl


def scan(paths: Path | list[Path]) -> pl.LazyFrame:
    """Open one file, or several of the same schema as one frame. Nothing is read yet."""
    return pl.scan_parquet(paths, glob=False, hive_partitioning=False)


def read(path: Path, *, rows: int | None = None) -> pl.DataFrame:
    """Read a file, or its first `rows` rows."""
    return pl.read_parquet(path, n_rows=rows, glob=False, hive_partitioning=False)
