"""The first row of each `_id` to arrive is kept, the others are duplicates, and none is lost."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
from dataframely.exc import ValidationError

from bandcamp_assets.contract.dialects import parquet_schema
from bandcamp_assets.contract.sale import Sale
from bandcamp_assets.lake import appending, cleaning
from bandcamp_assets.lake.cleaning import (
    CleanedFrames,
    clean_day,
    clean_into,
    inputs_fingerprint,
    scan_staged,
    write_day,
)
from bandcamp_assets.lake.conversion import STAGED_SCHEMA
from bandcamp_assets.lake.layout import cleaned_file, duplicate_file
from bandcamp_assets.lake.staging import stage_file
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.raw_files import csv_bytes, raw_row

DAY = date(2020, 9, 9)

DUPLICATE_COLUMNS = ["_id", "source_file", "source_row", "amount_paid_usd", "sale_date"]


def staged(folder: Path, file_id: str, *rows: dict[str, str]) -> pl.LazyFrame:
    (folder / file_id).mkdir()
    stage_file(
        io.BytesIO(csv_bytes(rows)),
        file_id=file_id,
        arrived_at=datetime(2020, 10, 3, tzinfo=UTC),
        lake=folder / "lake",
        scratch=folder / file_id,
        where=file_id,
    )
    return pl.scan_parquet(folder / "lake" / "staged_sales" / f"sale_date={DAY}" / f"{file_id}.parquet")


def test_the_first_row_of_the_first_file_is_kept(tmp_path: Path):
    first = staged(tmp_path, "file1", raw_row(1, artist_name="first"), raw_row(1, artist_name="again"), raw_row(2))
    second = staged(tmp_path, "file2", raw_row(1, artist_name="late"), raw_row(3))

    frames = clean_day([first, second])

    assert frames.sales["artist_name"].to_list() == ["first", "Artist", "Artist"]
    assert frames.sales["source_file"].to_list() == ["file1", "file1", "file2"]
    assert sorted(frames.duplicates.select("source_file", "source_row").rows()) == [("file1", 2), ("file2", 1)]


def test_the_row_of_the_file_that_arrived_first_is_kept_even_if_its_row_number_is_higher(tmp_path: Path):
    first = staged(tmp_path, "file1", raw_row(2), raw_row(1, artist_name="first"))
    second = staged(tmp_path, "file2", raw_row(1, artist_name="late"))

    assert clean_day([first, second]).sales["artist_name"].to_list() == ["first", "Artist"]


def test_within_a_file_the_lowest_row_number_is_kept_in_whatever_order_rows_are_read(tmp_path: Path):
    names = [f"row {number}" for number in range(1, 6)]
    rows = staged(tmp_path, "file1", *[raw_row(1, artist_name=name) for name in names])

    frames = clean_day([rows.reverse()])

    assert frames.sales["artist_name"].to_list() == ["row 1"]
    assert frames.duplicates["source_row"].to_list() == [2, 3, 4, 5]


def test_sales_satisfy_the_contract_and_are_in_the_order_of_their_keys(tmp_path: Path):
    frames = clean_day([staged(tmp_path, "file1", *[raw_row(n) for n in (5, 3, 9, 1)])])

    assert Sale.is_valid(frames.sales)
    assert frames.sales.columns == Sale.column_names()
    assert frames.sales["_id"].is_sorted()


def test_a_row_that_breaks_the_contract_stops_the_day(tmp_path: Path):
    wrong = staged(tmp_path, "file1", raw_row(1)).with_columns(currency=pl.lit("XXZ"))

    with pytest.raises(ValidationError, match="currency"):
        clean_day([wrong])


def test_a_day_without_rows_is_empty_with_all_its_types():
    frames = clean_day([])

    assert frames.sales.is_empty()
    assert frames.sales.schema == Sale.create_empty().schema
    assert frames.duplicates.is_empty()
    assert frames.duplicates.schema == {name: STAGED_SCHEMA[name] for name in DUPLICATE_COLUMNS}


def test_a_duplicate_has_its_key_its_position_and_its_amount(tmp_path: Path):
    frames = clean_day([staged(tmp_path, "file1", raw_row(1), raw_row(1, amount_paid_usd="0.07"))])

    assert frames.duplicates.columns == DUPLICATE_COLUMNS
    assert frames.duplicates.rows() == [(raw_row(1)["_id"], "file1", 2, Decimal("0.07"), DAY)]


def test_the_fingerprint_of_a_day_depends_on_its_files_and_their_order():
    assert inputs_fingerprint(["a", "b"]) == inputs_fingerprint(["a", "b"])
    assert len({inputs_fingerprint(ids) for ids in ([], ["a"], ["a", "b"], ["b", "a"], ["ab"])}) == 5


@pytest.mark.parametrize("large_rows", [1, 1_000])
def test_files_are_compressed_and_have_row_groups_of_the_warehouses_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large_rows: int
):
    for module in (cleaning, appending):
        monkeypatch.setattr(module, "ROW_GROUP_ROWS", 20)
    rows = staged(tmp_path, "file1", *[raw_row(n) for n in range(50)], *[raw_row(n) for n in range(50)])
    (tmp_path / "scratch").mkdir()

    clean_into([rows], DAY, lake=tmp_path, scratch=tmp_path / "scratch", large_rows=large_rows)

    for path in (cleaned_file(tmp_path, DAY), duplicate_file(tmp_path, DAY)):
        held = pq.ParquetFile(path).metadata
        groups = [held.row_group(number) for number in range(held.num_row_groups)]
        assert [group.num_rows for group in groups] == [20, 20, 10]
        assert {group.column(place).compression for group in groups for place in range(held.num_columns)} == {
            "ZSTD"
        }


def test_a_day_at_the_limit_is_cleaned_in_slices_and_one_below_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    sliced = []
    monkeypatch.setattr(cleaning, "slices", lambda staged, rows: sliced.append(rows) or [staged])
    rows = staged(tmp_path, "file1", *map(raw_row, range(3)))
    more = staged(tmp_path, "file2", raw_row(7))
    (tmp_path / "scratch").mkdir()

    for large_rows in (5, 4):
        made = clean_into(
            [rows, more], DAY, lake=tmp_path, scratch=tmp_path / "scratch", large_rows=large_rows, slice_rows=2
        )
        assert (made.sales, made.duplicates, made.path) == (4, 0, cleaned_file(tmp_path, DAY))

    assert sliced == [2]


def test_a_large_day_without_duplicates_removes_earlier_duplicates(tmp_path: Path):
    duplicates = duplicate_file(tmp_path, DAY)
    duplicates.parent.mkdir(parents=True)
    duplicates.touch()
    rows = staged(tmp_path, "file1", *map(raw_row, range(3)))
    (tmp_path / "scratch").mkdir()

    clean_into([rows], DAY, lake=tmp_path, scratch=tmp_path / "scratch", large_rows=1)

    assert not duplicates.exists()
    assert list((tmp_path / "scratch").iterdir()) == []


def test_writing_a_day_replaces_its_files_and_an_empty_day_leaves_none(tmp_path: Path):
    lake, scratch = tmp_path / "lake", tmp_path / "scratch"
    scratch.mkdir()
    frames = clean_day([staged(tmp_path, "file1", raw_row(1), raw_row(1))])

    path = write_day(frames, DAY, lake=lake, scratch=scratch)

    assert path == cleaned_file(lake, DAY)
    assert pl.read_parquet(path).equals(frames.sales)
    assert pl.read_parquet(duplicate_file(lake, DAY)).height == 1
    assert write_day(clean_day([]), DAY, lake=lake, scratch=scratch) is None
    assert not cleaned_file(lake, DAY).exists()
    assert not duplicate_file(lake, DAY).exists()


def test_the_same_day_gives_the_same_bytes(tmp_path: Path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    rows = staged(tmp_path, "file1", *[raw_row(n) for n in range(3000)])

    def write() -> bytes:
        path = write_day(clean_day([rows]), DAY, lake=tmp_path / "lake", scratch=scratch)
        assert path
        return path.read_bytes()

    assert write() == write()


def test_a_staged_file_that_is_gone_is_one_clear_error(tmp_path: Path):
    gone = tmp_path / "gone.parquet"
    staged(tmp_path, "file1", raw_row(1))

    there = tmp_path / "lake" / "staged_sales" / f"sale_date={DAY}" / "file1.parquet"

    with pytest.raises(PlatformError) as raised:
        scan_staged([there, gone])

    assert [rows.collect()["source_file"].to_list() for rows in scan_staged([there])] == [["file1"]]
    assert raised.value.what == "A staged file is gone"
    assert raised.value.where == str(gone)
    assert raised.value.remedy.startswith("run `bandcamp run`, or materialize staged_sales")


def test_frames_hold_each_row_once(tmp_path: Path):
    rows = [raw_row(n % 40) for n in range(100)]

    frames: CleanedFrames = clean_day([staged(tmp_path, "file1", *rows)])

    assert frames.sales.height + frames.duplicates.height == 100
    assert frames.sales["_id"].n_unique() == frames.sales.height == 40


def test_a_large_day_cleaned_in_slices_holds_the_same_rows_in_the_same_order(tmp_path: Path) -> None:
    numbers = [n * 7 % 400 for n in range(400)]
    files = [
        staged(tmp_path, "file1", *[raw_row(n) for n in numbers]),
        staged(tmp_path, "file2", *[raw_row(n) for n in numbers[::3]]),
    ]
    made = {}
    for name, large_rows in (("whole", 10_000), ("sliced", 100)):
        lake, scratch = tmp_path / name, tmp_path / f"scratch of {name}"
        scratch.mkdir()

        made[name] = clean_into(files, DAY, lake=lake, scratch=scratch, large_rows=large_rows, slice_rows=50)

        assert list(scratch.iterdir()) == []
    whole, sliced = (
        [pl.read_parquet(file(tmp_path / name, DAY)) for file in (cleaned_file, duplicate_file)] for name in made
    )
    assert (made["sliced"].sales, made["sliced"].duplicates) == (400, 134)
    assert (made["whole"].sales, made["whole"].duplicates) == (400, 134)
    assert whole[0].equals(sliced[0])
    assert whole[1].equals(sliced[1])
    for name in made:
        assert pq.read_schema(cleaned_file(tmp_path / name, DAY)).remove_metadata() == parquet_schema()
    assert pq.ParquetFile(cleaned_file(tmp_path / "sliced", DAY)).num_row_groups > 3


def test_a_large_day_whose_rows_are_all_alike_leaves_one_sale(tmp_path: Path) -> None:
    rows = staged(tmp_path, "file1", *[raw_row(1)] * 20)
    (tmp_path / "scratch").mkdir()

    made = clean_into([rows], DAY, lake=tmp_path, scratch=tmp_path / "scratch", large_rows=10, slice_rows=5)

    assert (made.sales, made.duplicates) == (1, 19)
