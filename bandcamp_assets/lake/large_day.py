"""Cuts a day that is too large to be cleaned at once into slices, so that memory stays bounded.

A slice is a range of `_id`. So all rows with the same `_id` are in one slice, and the slices are in the order of
`_id`. Together they give the same rows in the same order as `cleaning.clean_day` would.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import polars as pl

LARGE_ROWS = 1_000_000
"""A day with at least this many staged rows is cleaned in slices. The archive's largest day has a tenth."""

SLICE_ROWS = 500_000
"""Approximate number of rows in a slice."""

_PREFIX = 9
"""Rows are counted by this many characters of `_id`: ten seconds of the sale's time."""


def is_large(staged: Sequence[pl.LazyFrame], large_rows: int = LARGE_ROWS) -> bool:
    """Whether a day has at least this many staged rows, by the counts in its Parquet files."""
    return bool(staged) and _count(staged) >= large_rows


def slices(staged: Sequence[pl.LazyFrame], slice_rows: int = SLICE_ROWS) -> Iterator[list[pl.LazyFrame]]:
    """Cut a day's staged rows into slices.

    Args:
        staged: The day's rows from each raw file, in the order of the files' arrival.
        slice_rows: Approximate rows of a slice. Rows of the same ten seconds always stay together.

    Returns:
        For each slice, its rows from each raw file, in the same order. Nothing is read yet.
    """
    edges = _edges(staged, slice_rows)
    for lower, upper in pairwise([None, *edges, None]):
        yield [rows.filter(*_between(lower, upper)) for rows in staged]


def _count(staged: Sequence[pl.LazyFrame]) -> int:
    return sum(rows.select(pl.len()).collect().item() for rows in staged)


def _edges(staged: Sequence[pl.LazyFrame], slice_rows: int) -> list[str]:
    """The keys at which the next slice begins."""
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
