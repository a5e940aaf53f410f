"""A day that is too large to be cleaned in one go: slices of it, one after the other, so that memory stays flat.

A slice is a range of `_id`. So all rows of one `_id` are in one slice, and the slices follow each other in the
order of `_id`: together they are what `cleaning.clean_day` would give, in the same order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import polars as pl

LARGE_ROWS = 1_000_000
"""Staged rows of a day from which on it is cleaned in slices. The largest day of the archive has a tenth."""

SLICE_ROWS = 500_000
"""Rows of a slice, about."""

_PREFIX = 9
"""Characters of `_id` that are counted by: ten seconds of the sale's time."""


def is_large(staged: Sequence[pl.LazyFrame], large_rows: int = LARGE_ROWS) -> bool:
    """Whether a day has so many staged rows; Parquet's own counts say so."""
    return bool(staged) and _count(staged) >= large_rows


def slices(staged: Sequence[pl.LazyFrame], slice_rows: int = SLICE_ROWS) -> Iterator[list[pl.LazyFrame]]:
    """Cut a day's staged rows into slices of about so many rows.

    Args:
        staged: The day's rows from each raw file, in the order of the files' arrival.
        slice_rows: Rows of a slice. Rows of the same ten seconds stay together, however many they are.

    Returns:
        For each slice its rows from each raw file, in the same order; nothing is read yet.
    """
    edges = _edges(staged, slice_rows)
    for lower, upper in pairwise([None, *edges, None]):
        yield [rows.filter(*_between(lower, upper)) for rows in staged]


def _count(staged: Sequence[pl.LazyFrame]) -> int:
    return sum(rows.select(pl.len()).collect().item() for rows in staged)


def _edges(staged: Sequence[pl.LazyFrame], slice_rows: int) -> list[str]:
    """Where a slice ends and the next one begins."""
    prefix = pl.col("_id").str.slice(0, _PREFIX)
    counts = pl.concat([rows.select(prefix) for rows in staged]).group_by("_id").len().sort("_id")
    edges: list[str] = []
    rows = 0
    for first, count in counts.collect(engine="streaming").iter_rows():
        if rows and rows + count > slice_rows:
            edges.append(first)
            rows = 0
        rows += count
    return edges


def _between(lower: str | None, upper: str | None) -> list[pl.Expr]:
    bounds = [] if lower is None else [pl.col("_id") >= lower]
    return bounds if upper is None else [*bounds, pl.col("_id") < upper]
