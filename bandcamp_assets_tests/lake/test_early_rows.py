"""A file is converted again if its rows were in the future by the earlier clock, and are not by a correct one."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from bandcamp_assets.lake.early_rows import would_be_judged_otherwise
from bandcamp_assets.lake.layout import rejected_file
from bandcamp_assets.lake.staging import stage_file
from bandcamp_assets_tests.raw_files import csv_bytes, raw_row

SOLD_AT = 1_700_000_000
ARRIVED_AT = datetime(2020, 10, 3, tzinfo=UTC)


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A lake with a file: one row is dated years after its arrival, the others are invalid for other reasons."""
    rows = [
        raw_row(utc_date=str(SOLD_AT)),
        raw_row(1, utc_date="yesterday"),
        raw_row(2, utc_date="1"),
        raw_row(3, item_type=f"utc_date = '{SOLD_AT - 9}'"),
    ]
    stage_file(
        io.BytesIO(csv_bytes(rows)),
        file_id="f00d",
        arrived_at=ARRIVED_AT,
        lake=tmp_path,
        scratch=tmp_path,
        where="sales.csv",
    )
    return tmp_path


@pytest.mark.parametrize(
    ("seconds_later", "judged_again"), [(-86_401, False), (-86_400, True), (-86_399, True), (9_999_999, True)]
)
def test_a_row_is_early_until_a_day_before_it_was_sold(lake: Path, seconds_later: int, judged_again: bool):
    now = datetime.fromtimestamp(SOLD_AT + seconds_later, UTC)

    assert would_be_judged_otherwise(lake, "f00d", ARRIVED_AT, now) is judged_again


def test_a_row_that_was_not_early_when_its_file_arrived_is_invalid_for_another_reason(lake: Path):
    arrived_at = datetime.fromtimestamp(SOLD_AT - 86_400, UTC)

    assert not would_be_judged_otherwise(lake, "f00d", arrived_at, arrived_at + timedelta(days=9))


def test_a_file_that_is_not_staged_yet_is_converted_again_if_it_arrived_on_another_day(tmp_path: Path):
    day = timedelta(days=1)

    assert not would_be_judged_otherwise(tmp_path, "f00d", ARRIVED_AT, ARRIVED_AT + day)
    assert would_be_judged_otherwise(tmp_path, "f00d", ARRIVED_AT, ARRIVED_AT + day + timedelta(seconds=1))


def test_a_time_with_a_decimal_comma_is_compared_like_any_other(lake: Path):
    path = rejected_file(lake, "f00d")
    rows = pl.read_parquet(path)
    rows.with_columns(pl.col("detail").str.replace(f"{SOLD_AT}'", f"{SOLD_AT},5'")).write_parquet(path)
    earliest = datetime.fromtimestamp(SOLD_AT + 0.5 - 86_400, UTC)

    assert would_be_judged_otherwise(lake, "f00d", ARRIVED_AT, earliest)
    assert not would_be_judged_otherwise(lake, "f00d", ARRIVED_AT, earliest - timedelta(seconds=0.5))


def test_rejected_rows_that_cannot_be_read_are_ignored(lake: Path):
    rejected_file(lake, "f00d").write_bytes(b"no Parquet")

    assert not would_be_judged_otherwise(lake, "f00d", ARRIVED_AT, datetime.fromtimestamp(SOLD_AT, UTC))
