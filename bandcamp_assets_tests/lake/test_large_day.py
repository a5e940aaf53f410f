"""A large day is cut between intervals of ten seconds, into slices of about the given number of rows."""

from __future__ import annotations

import polars as pl
import pytest

from bandcamp_assets.lake.large_day import is_large, slices

SECOND = 1_600_000_000


def staged(*seconds: int) -> pl.LazyFrame:
    """A sale at each of these seconds."""
    return pl.LazyFrame({"_id": [f"{SECOND + second}.5&//url" for second in seconds]}, {"_id": pl.String})


def cut(files: list[pl.LazyFrame], rows: int) -> list[list[list[int]]]:
    """The seconds of the sales, by slice and file."""
    return [
        [[int(key[:10]) - SECOND for key in part.collect()["_id"]] for part in files_of_slice]
        for files_of_slice in slices(files, rows)
    ]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (1, [[0, 5, 9], [10], [20, 21], [30]]),
        (3, [[0, 5, 9], [10, 20, 21], [30]]),
        (4, [[0, 5, 9, 10], [20, 21, 30]]),
        (6, [[0, 5, 9, 10, 20, 21], [30]]),
        (7, [[0, 5, 9, 10, 20, 21, 30]]),
    ],
)
def test_slices_are_filled_up_to_their_rows_and_ten_seconds_stay_together(rows: int, expected: list[list[int]]):
    assert [files for (files,) in cut([staged(0, 5, 9, 10, 20, 21, 30)], rows)] == expected


def test_rows_of_all_files_are_counted_together_and_each_slice_has_its_part_of_each_file():
    assert cut([staged(0, 20), staged(1, 10, 30)], 3) == [[[0], [1, 10]], [[20], [30]]]


def test_a_day_at_the_limit_is_large():
    files = [staged(0, 1), staged(2)]

    assert [is_large(files, rows) for rows in (2, 3, 4)] == [True, True, False]
    assert not is_large([], 0)
    assert not is_large(files), "the limit is a million"
