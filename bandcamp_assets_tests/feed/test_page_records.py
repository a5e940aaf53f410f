"""Each item of a page is a sale, or a rejected row with the item as delivered; nothing is lost, nothing stops."""

from __future__ import annotations

import csv
import gzip
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandcamp_assets.catalog import StagedFile
from bandcamp_assets.contract.sale import SOURCE_COLUMNS
from bandcamp_assets.errors import PlatformError
from bandcamp_assets.lake import pages
from bandcamp_assets.lake.cleaning import clean_day
from bandcamp_assets.lake.conversion import Converted, convert
from bandcamp_assets.lake.layout import rejected_file, staged_file
from bandcamp_assets.lake.pages import parse_pages, read_page_file
from bandcamp_assets.lake.records import parse_records
from bandcamp_assets.lake.staging import stage_file, stage_page
from bandcamp_assets_tests.feed.conftest import page_bytes
from bandcamp_assets_tests.raw_files import HEADER, csv_bytes, raw_row, write_csv

ARRIVED_AT = datetime(2023, 7, 12, tzinfo=UTC)
SHARED = Path(__file__).parents[3] / "shared" / "data"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared real data are not here")


def item(**changes: object) -> dict[str, Any]:
    """A good item of the feed, with some fields changed."""
    return {
        "utc_date": 1689100321.60948,
        "artist_name": "Artist",
        "item_type": "t",
        "item_description": "Title",
        "album_title": None,
        "slug_type": "t",
        "track_album_slug_text": None,
        "currency": "GBP",
        "amount_paid": 2.5,
        "item_price": 1.99000000953674,
        "amount_paid_usd": 3.21,
        "country": "Poland",
        "art_id": 3159178163,
        "releases": None,
        "package_image_id": None,
        "url": "//artist.bandcamp.com/track/title",
        "country_code": "pl",
        "amount_paid_fmt": "£2.50",
        "art_url": "https://f4.bcbits.com/img/a3159178163_7.jpg",
    } | changes


def event(*items: object, **fields: object) -> dict[str, object]:
    return {"event_type": "sale", "utc_date": 1689100321.90948, "items": list(items), **fields}


def convert_page(body: bytes) -> Converted:
    records = parse_pages(body)
    converted = convert(records, source_file="f00d", first_row=1, arrived_at=ARRIVED_AT)
    assert records.count == converted.sales.height + converted.rejected.height
    return converted


def convert_items(*items: object) -> Converted:
    return convert_page(page_bytes(events=[event(*items)]))


def only_rejected(converted: Converted) -> dict[str, Any]:
    assert converted.sales.is_empty()
    return converted.rejected.row(0, named=True)


# What becomes a sale


def test_an_item_becomes_a_typed_sale() -> None:
    sale = convert_items(item(addl_count=1, item_slug="/album/")).sales.row(0, named=True)

    assert sale["_id"] == "1689100321.60948&//artist.bandcamp.com/track/title"
    assert sale["sold_at"] == datetime(2023, 7, 11, 18, 32, 1, 609480, tzinfo=UTC)
    assert (sale["item_price"], sale["amount_paid_usd"]) == (Decimal("1.99"), Decimal("3.21"))
    assert (sale["art_id"], sale["releases"], sale["album_title"]) == (3159178163, None, None)
    assert sale["quantity"] == 2
    assert sale["source_file"] == "f00d"


def test_every_column_of_the_archive_is_taken_over() -> None:
    # An art_id is a number, and so on; the rest is text.
    numbers = {"utc_date": "1689100321.5", "item_price": "1", "amount_paid": "2", "amount_paid_usd": "3"}
    numbers |= {"art_id": "4", "releases": "5", "package_image_id": "6", "addl_count": "7"}
    given_texts = {name: numbers.get(name, f"text of {name}") for name in SOURCE_COLUMNS if name != "_id"}

    records = parse_pages(page_bytes(events=[event(given_texts)]))

    row = records.whole.drop("record", "line").row(0, named=True)
    assert row == {"_id": "1689100321.5&text of url", **given_texts}
    assert list(row) == list(SOURCE_COLUMNS)


@pytest.mark.parametrize(
    ("utc_date", "key"),
    [
        (1689100321.60948, "1689100321.60948"),
        (1689100321.6094802, "1689100321.60948"),
        (1689100321.9999999, "1689100322"),
        (1689100321.5, "1689100321.5"),
        (1689100321, "1689100321"),
        ("1689100321.60948", "1689100321.60948"),
    ],
)
def test_the_key_has_the_items_time_to_five_decimals(utc_date: object, key: str) -> None:
    converted = convert_items(item(utc_date=utc_date))

    assert converted.sales["_id"].to_list() == [f"{key}&//artist.bandcamp.com/track/title"]


def test_numbers_stay_as_they_are_written() -> None:
    body = page_bytes(events=[event(item(item_price="PRICE", art_id="ART"))])
    body = body.replace(b'"PRICE"', b"9.98999977111816").replace(b'"ART"', b"9007199254740993")

    row = parse_pages(body).whole.row(0, named=True)

    assert (row["item_price"], row["art_id"]) == ("9.98999977111816", "9007199254740993")


def test_fields_may_be_missing_null_unknown_or_text() -> None:
    sparse = {name: item()[name] for name in ("utc_date", "item_type", "currency", "url")}
    sparse |= {"item_price": "1.50", "amount_paid": 2, "a_new_field": {"deep": [[]]}, "is_gift": True}

    sale = convert_items(sparse).sales.row(0, named=True)

    assert (sale["item_price"], sale["amount_paid"]) == (Decimal("1.50"), Decimal("2.00"))
    assert (sale["country"], sale["artist_name"], sale["amount_paid_usd"]) == (None, None, None)


@pytest.mark.parametrize("name", ["None", "NA", "null", "NaN", "夜の笛", "e\u0301", "a\u200bb", '"quoted", comma'])
def test_an_artist_may_be_called_anything(name: str) -> None:
    assert convert_items(item(artist_name=name)).sales["artist_name"].to_list() == [name]


def test_an_artist_may_be_called_by_a_number() -> None:
    assert convert_items(item(artist_name=1975)).sales["artist_name"].to_list() == ["1975"]


def test_line_breaks_become_plain_ones() -> None:
    assert convert_items(item(item_description="a\r\nb")).sales["item_description"].to_list() == ["a\nb"]


def test_an_event_without_a_type_is_what_its_items_are() -> None:
    converted = convert_page(page_bytes(events=[{"items": [item()]}]))

    assert converted.sales.height == 1


def test_items_of_one_event_are_sales_of_their_own() -> None:
    converted = convert_items(item(), item(url="//artist.bandcamp.com/track/other"), item(url="//b"))

    assert converted.sales["source_row"].to_list() == [1, 2, 3]
    assert converted.sales["_id"].n_unique() == 3


def test_a_file_may_hold_several_pages_and_pages_in_wrappers() -> None:
    page = page_bytes(events=[event(item())])

    converted = convert_page(b"[" + page + b', {"feed_data": ' + page + b"}]")

    assert converted.sales["source_row"].to_list() == [1, 2]


# What does not


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"url": None}, "missing_id"),
        ({"url": ""}, "missing_id"),
        ({"utc_date": None}, "bad_timestamp"),
        ({"utc_date": "yesterday"}, "bad_timestamp"),
        ({"utc_date": float("nan")}, "bad_timestamp"),
        ({"utc_date": float("inf")}, "bad_timestamp"),
        ({"utc_date": 10**400}, "bad_timestamp"),
        ({"utc_date": 1689379200}, "bad_timestamp"),  # more than a day after it arrived
        ({"item_type": "x"}, "unknown_item_type"),
        ({"item_type": None}, "unknown_item_type"),
        ({"amount_paid": None}, "bad_amount"),
        ({"amount_paid": float("nan")}, "bad_amount"),
        ({"amount_paid": float("-inf")}, "bad_amount"),
        ({"item_price": -0.01}, "bad_amount"),
        ({"amount_paid_usd": 10**300}, "bad_amount"),
        ({"currency": "XXZ"}, "unknown_currency"),
        ({"currency": 1}, "unknown_currency"),
        ({"addl_count": "many"}, "bad_number"),
        ({"art_id": 12.5}, "bad_number"),
        ({"url": ["//a"]}, "malformed_row"),
        ({"artist_name": {"name": "nested"}}, "malformed_row"),
        ({"artist_name": True}, "malformed_row"),
        ({"amount_paid": False}, "malformed_row"),
        ({"artist_name": "\ud800"}, "malformed_row"),
        ({"artist_name": "a\0b"}, "malformed_row"),
    ],
)
def test_an_item_that_breaks_a_rule_is_rejected_with_the_item_as_delivered(
    changes: dict[str, Any], reason: str
) -> None:
    delivered = json.dumps(item(**changes))

    rejected = only_rejected(convert_page(page_bytes(events=[event(item(**changes))])))

    assert rejected["reason"] == reason
    assert rejected["raw_text"] == delivered


@pytest.mark.parametrize(
    ("wrong", "detail"),
    [
        (7, "the event is no object"),
        (None, "the event is no object"),
        ([], "the event is no object"),
        ({}, "the event has no items"),
        (event(), "the event has no items"),
        (event(items=None), "the event has no items"),
        (event(items={"0": {}}), "the event has no items"),
        (event("text"), "the item is no object"),
        (event(None), "the item is no object"),
        (event([]), "the item is no object"),
        (event(item(), event_type="refund"), "its event_type is 'refund'"),
        (event(item(), event_type=["sale"]), "its event_type is a list"),
    ],
)
def test_an_unknown_shape_is_one_rejected_row_and_the_rest_is_taken(wrong: object, detail: str) -> None:
    converted = convert_page(page_bytes(events=[event(item()), wrong, event(item(url="//b"))]))

    assert converted.sales["source_row"].to_list() == [1, 3]
    rejected = converted.rejected.row(0, named=True)
    assert (rejected["source_row"], rejected["reason"]) == (2, "malformed_row")
    assert detail in rejected["detail"]
    inner = wrong.get("items") if isinstance(wrong, dict) else None
    assert rejected["raw_text"] == json.dumps(inner[0] if isinstance(inner, list) and inner else wrong)


def test_a_field_that_stands_twice_with_different_values_is_not_guessed_at() -> None:
    text = json.dumps(item())[:-1] + ', "amount_paid": 99}'
    body = b'{"events": [{"items": [' + text.encode() + b"]}]}"

    rejected = only_rejected(convert_page(body))

    assert rejected["reason"] == "malformed_row"
    assert "twice" in rejected["detail"]
    assert rejected["raw_text"] == text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"events": {}}',
        b"{}",
        b"null",
        b'{"events": [], "events": [1]}',
        b'{"events": [{"items": [{"utc_date": 1',
    ],
)
def test_a_body_that_is_no_page_is_one_rejected_row_that_holds_it(body: bytes) -> None:
    rejected = only_rejected(convert_page(body))

    assert rejected["reason"] == "malformed_row"
    assert rejected["detail"].startswith("the page cannot be read: ")
    assert rejected["raw_text"] == body.decode(errors="backslashreplace")


def test_an_item_beyond_any_size_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MAX_RECORD_BYTES", 1000)

    rejected = only_rejected(convert_items(item(artist_name="x" * 1000)))

    assert "longer than 1000" in rejected["detail"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(SOURCE_COLUMNS), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(st.lists(JSON | st.fixed_dictionaries({"items": st.lists(JSON, max_size=3)}), max_size=4))
def test_whatever_a_page_holds_every_item_is_counted(events: list[Any]) -> None:
    items = [each.get("items") if isinstance(each, dict) else None for each in events]
    expected = sum(len(each) if isinstance(each, list) and each else 1 for each in items)

    converted = convert_page(json.dumps({"events": events}).encode())

    assert converted.sales.height + converted.rejected.height == expected


@given(st.binary(max_size=200))
def test_any_bytes_are_taken(body: bytes) -> None:
    convert_page(body)


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
    # The full float of the time, as the feed gives it; the archive's key has it rounded.
    stage(page_bytes(events=[event(item(utc_date=1689100321.6094801))]), tmp_path, "p1")
    stage(page_bytes(events=[event(item()), event(item(url="//other"))]), tmp_path, "p2")

    paths = [staged_file(lake, "2023-07-11", file_id) for file_id in ("csv", "p1", "p2")]
    cleaned = clean_day([pl.scan_parquet(path) for path in paths])

    assert sorted(cleaned.sales["artist_name"].to_list()) == ["Artist", "archive"]
    assert sorted(cleaned.duplicates["source_file"].to_list()) == ["p1", "p2"]


@pytest.mark.parametrize("name", ["page.json", "page.json.gz"])
def test_a_page_file_is_read_packed_or_plain_whatever_its_name(tmp_path: Path, name: str) -> None:
    body = page_bytes(events=[event(item())])
    for content in (body, gzip.compress(body)):
        (tmp_path / name).write_bytes(content)

        assert read_page_file(tmp_path / name) == body


def test_a_page_file_that_is_damaged_too_large_or_gone_is_one_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MAX_FILE_BYTES", 1000)
    path = tmp_path / "page.json.gz"
    packed = gzip.compress(page_bytes(events=[event(item())]))
    for content, what in (
        (packed[:-9], "damaged"),
        (packed[:30] + b"\xff" * 9 + packed[39:], "damaged"),
        (gzip.compress(b" " * 100_000), "more than the 1000 bytes"),
        (b" " * 1001, "more than the 1000 bytes"),
    ):
        path.write_bytes(content)
        with pytest.raises(PlatformError, match=what):
            read_page_file(path)
    path.unlink()
    with pytest.raises(PlatformError, match="No such file"):
        read_page_file(path)


# Real data


@needs_shared
def test_all_items_of_the_recorded_pages_are_sales() -> None:
    records = parse_pages((SHARED / "feed_pages_2023.json").read_bytes())
    converted = convert(records, source_file="f00d", first_row=1, arrived_at=datetime(2023, 8, 1, tzinfo=UTC))

    assert (converted.sales.height, converted.rejected.height) == (313, 0)


@needs_shared
def test_keys_are_made_as_those_of_the_real_archive() -> None:
    with (SHARED / "real_sales_600.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    items = []
    for row in rows:
        fields: dict[str, Any] = {name: text for name, text in row.items() if text and name not in ("", "_id")}
        items.append(fields | {"utc_date": float(row["utc_date"])})

    records = parse_pages(page_bytes(events=[event(*items)]))

    assert records.whole["_id"].to_list() == [row["_id"] for row in rows]


@needs_shared
def test_the_archives_rows_as_feed_items_give_the_same_sales() -> None:
    with (SHARED / "real_sales_600.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    items = [{name: text or None for name, text in row.items() if name not in ("", "_id")} for row in rows]
    as_csv = parse_records(csv_bytes(rows).split(b"\n", 1)[1], list(HEADER))
    from_csv = convert(as_csv, source_file="f00d", first_row=1, arrived_at=ARRIVED_AT)
    from_feed = convert_items(*items)

    assert from_feed.sales.equals(from_csv.sales.sort("source_row"))
