"""Sales of many days go through several sinks. None holds many rows, and each day becomes one file in order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from bandcamp_assets.lake import days as module
from bandcamp_assets.lake.conversion import STAGED_SCHEMA
from bandcamp_assets.lake.days import write_days
from bandcamp_assets.lake.layout import STAGED_ROW_GROUP_ROWS

FIRST = date(2020, 9, 9)


def frames(days: list[int], rows_each: int = 10) -> Iterator[pl.DataFrame]:
    """A frame for each of `days` (0 is the first day), with rows numbered through and a dollar each."""
    for number, day in enumerate(days):
        frame = pl.DataFrame(
            {
                "sale_date": FIRST + timedelta(days=day),
                "source_row": range(number * rows_each, (number + 1) * rows_each),
                "amount_paid_usd": Decimal(1),
            }
        )
        absent = [name for name in STAGED_SCHEMA if name not in frame.columns]
        yield (
            frame.with_columns(pl.lit(None).alias(name) for name in absent)
            .select(*STAGED_SCHEMA)
            .cast(dict(STAGED_SCHEMA))
        )


@pytest.mark.parametrize(
    "days",
    [
        pytest.param([0, 0, 1, 1, 2, 3, 4, 5], id="days in order"),
        pytest.param([0, 1, 2, 3, 0, 1, 2, 3, 0], id="repeated days"),
        pytest.param([4, 0, 3, 0, 2, 0, 1], id="backwards"),
    ],
)
@pytest.mark.parametrize("held_rows", [1, 25, 40, 1_000])
def test_each_day_is_one_file_whatever_the_sinks(
    days: list[int], held_rows: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "HELD_ROWS", held_rows)
    monkeypatch.setattr(module, "STAGED_ROW_GROUP_ROWS", 8)
    expected = pl.concat(frames(days))

    counted = write_days(frames(days), tmp_path / "staged")

    there = [FIRST + timedelta(days=day) for day in sorted(set(days))]
    files = sorted(path for path in (tmp_path / "staged").rglob("*") if path.is_file())
    assert files == [tmp_path / "staged" / f"{day}.parquet" for day in there]
    for day, path, count in zip(there, files, counted, strict=True):
        rows = expected.filter(pl.col("sale_date") == day)
        assert pl.read_parquet(path).equals(rows)
        assert_packed_in_row_groups_of(8, path)
        assert (count.sale_date, count.rows, count.amount_paid_usd) == (day, rows.height, rows.height)


def test_a_file_of_one_chunk_is_written_in_the_same_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "STAGED_ROW_GROUP_ROWS", 8)
    rows = pl.concat(frames([1, 0, 1]))

    counted = write_days(iter([rows]), tmp_path / "staged")

    assert [(day.sale_date, day.rows, day.amount_paid_usd) for day in counted] == [
        (FIRST, 10, 10),
        (FIRST + timedelta(days=1), 20, 20),
    ]
    for day in counted:
        path = tmp_path / "staged" / f"{day.sale_date}.parquet"
        assert pl.read_parquet(path).equals(rows.filter(pl.col("sale_date") == day.sale_date))
        assert_packed_in_row_groups_of(8, path)


def assert_packed_in_row_groups_of(rows: int, path: Path) -> None:
    metadata = pq.ParquetFile(path).metadata
    groups = [metadata.row_group(at) for at in range(metadata.num_row_groups)]
    assert {group.column(0).compression for group in groups} == {"ZSTD"}
    assert max(group.num_rows for group in groups) <= rows


def test_a_sink_holds_a_bounded_number_of_rows(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "HELD_ROWS", 100)

    sinks = [len(list(sink)) for sink in module._sinks(frames(list(range(55))))]

    assert sinks == [10, 10, 10, 10, 10, 5]


def test_full_row_groups_are_not_held_so_their_days_share_one_sink():
    rows = STAGED_ROW_GROUP_ROWS
    few_days = [0, 1, 2] * 20

    sinks = [len(list(sink)) for sink in module._sinks(frames(few_days, rows))]

    assert sinks == [60]


def test_without_rows_there_are_no_files(tmp_path: Path):
    none = [frame.clear() for frame in frames([0, 1, 2])]

    assert write_days(iter(none), tmp_path / "staged") == []
    assert list((tmp_path / "staged").glob("*.parquet")) == []
