"""Pages are staged by day like files, and items of recorded pages give the same sales as the archive."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from bandcamp_assets.lake.cleaning import clean_day
from bandcamp_assets.lake.conversion import convert
from bandcamp_assets.lake.layout import rejected_file, staged_file
from bandcamp_assets.lake.made import StagedFile
from bandcamp_assets.lake.pages import parse_pages
from bandcamp_assets.lake.records import parse_records
from bandcamp_assets.lake.staging import stage_file
from bandcamp_assets.sources.delivery import json_kind
from bandcamp_assets.sources.delivery.recognition import format_of_landed, recognize
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.raw_files import HEADER, csv_bytes, raw_row, write_csv
from bandcamp_assets_tests.real_data import PAGES, SALES, real_data
from bandcamp_assets_tests.sources.feed.conftest import page_bytes
from bandcamp_assets_tests.sources.feed.items import (
    ARRIVED_AT,
    convert_items,
    event,
    item,
    stage_page,
)

# In the lake


def stage(body: bytes, folder: Path, file_id: str) -> StagedFile:
    scratch = folder / f"scratch-{file_id}"
    scratch.mkdir()
    return stage_page(body, file_id=file_id, arrived_at=ARRIVED_AT, lake=folder / "lake", scratch=scratch)


def test_a_page_is_staged_by_day_with_its_rejected_rows(tmp_path: Path) -> None:
    late = item(utc_date=1689120000.25, amount_paid_usd=1)
    body = page_bytes(events=[event(item(), late), {"items": []}, event(item(item_type="x"))])

    staged = stage(body, tmp_path, "p1")

    assert staged.raw_rows == 4
    assert staged.rejected == {"malformed_row": 1, "unknown_item_type": 1}
    assert [(str(day.sale_date), day.rows, str(day.amount_paid_usd)) for day in staged.days] == [
        ("2023-07-11", 1, "3.21"),
        ("2023-07-12", 1, "1.00"),
    ]
    rejected = pl.read_parquet(rejected_file(tmp_path / "lake", "p1"))
    assert rejected["source_row"].to_list() == [3, 4]


def test_an_empty_page_is_staged_with_no_rows(tmp_path: Path) -> None:
    staged = stage(page_bytes(), tmp_path, "p1")

    assert (staged.raw_rows, staged.rejected, staged.days) == (0, {}, [])


def test_a_sale_seen_in_two_pages_and_in_the_archive_is_one_sale(tmp_path: Path) -> None:
    row = raw_row(1, utc_date="1689100321.60948", url="//artist.bandcamp.com/track/title", artist_name="archive")
    (tmp_path / "csv").mkdir()
    lake = tmp_path / "lake"
    with write_csv(tmp_path / "sales.csv", [row]).open("rb") as stream:
        stage_file(
            stream,
            file_id="csv",
            arrived_at=ARRIVED_AT,
            lake=lake,
            scratch=tmp_path / "csv",
            where="sales.csv",
        )
    # The feed gives the full float of the time; the archive's key has it rounded.
    stage(page_bytes(events=[event(item(utc_date=1689100321.6094801))]), tmp_path, "p1")
    stage(page_bytes(events=[event(item()), event(item(url="//other"))]), tmp_path, "p2")

    paths = [staged_file(lake, "2023-07-11", file_id) for file_id in ("csv", "p1", "p2")]
    cleaned = clean_day([pl.scan_parquet(path) for path in paths])

    assert sorted(cleaned.sales["artist_name"].to_list()) == ["Artist", "archive"]
    assert sorted(cleaned.duplicates["source_file"].to_list()) == ["p1", "p2"]


@pytest.mark.parametrize("name", ["page.json", "page.json.gz"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_page_file_is_recognized_compressed_or_plain_whatever_its_name(
    tmp_path: Path, name: str, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / name
    path.write_bytes(pack(page_bytes(events=[event(item())])))

    form = recognize(path, name)

    assert form == format_of_landed(path, name, is_page=True)
    assert str(form).startswith("pages of the feed, UTF-8")


def test_a_page_file_that_is_damaged_too_large_or_gone_is_one_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_kind, "MAX_FILE_BYTES", 1000)
    path = tmp_path / "page.json.gz"
    packed = gzip.compress(page_bytes(events=[event(item())]))
    long = page_bytes(events=[event(*[item()] * 9)])
    for content, what in (
        (packed[:-9], "damaged"),
        (packed[:30] + b"\xff" * 9 + packed[39:], "damaged"),
        (gzip.compress(long), "more than the 1000 bytes"),
        (long, "more than the 1000 bytes"),
    ):
        path.write_bytes(content)
        with pytest.raises(PlatformError, match=what):
            recognize(path, path.name)
    path.unlink()
    with pytest.raises(PlatformError, match="No such file"):
        recognize(path, path.name)


# Real data


def test_all_items_of_the_recorded_pages_are_sales() -> None:
    records = parse_pages(real_data(PAGES).read_bytes())
    converted = convert(records, source_file="f00d", first_row=1, arrived_at=datetime(2023, 8, 1, tzinfo=UTC))

    assert (converted.sales.height, converted.rejected.height) == (313, 0)


def test_keys_are_like_those_of_the_real_archive() -> None:
    with real_data(SALES).open(newline="") as file:
        rows = list(csv.DictReader(file))
    items = []
    for row in rows:
        fields: dict[str, Any] = {name: text for name, text in row.items() if text and name not in ("", "_id")}
        items.append(fields | {"utc_date": float(row["utc_date"])})

    converted = convert_items(*items)

    assert converted.sales["_id"].to_list() == [row["_id"] for row in rows]


def test_the_archives_rows_as_feed_items_give_the_same_sales() -> None:
    with real_data(SALES).open(newline="") as file:
        rows = list(csv.DictReader(file))
    items = [{name: text or None for name, text in row.items() if name not in ("", "_id")} for row in rows]
    as_csv = parse_records(csv_bytes(rows).split(b"\n", 1)[1], list(HEADER))
    from_csv = convert(as_csv, source_file="f00d", first_row=1, arrived_at=ARRIVED_AT)
    from_feed = convert_items(*items)

    assert from_feed.sales.equals(from_csv.sales.sort("source_row"))
