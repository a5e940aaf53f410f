"""Each item of a page is a sale with the values as delivered."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from bandcamp_assets.contract.sale import SOURCE_COLUMNS
from bandcamp_assets.lake.pages import parse_pages
from bandcamp_assets_tests.sources.feed.conftest import page_bytes
from bandcamp_assets_tests.sources.feed.items import (
    convert_items,
    convert_page,
    event,
    item,
)


def test_an_item_becomes_a_typed_sale() -> None:
    sale = convert_items(item(addl_count=1, item_slug="/album/")).sales.row(0, named=True)

    assert sale["_id"] == "1689100321.60948&//artist.bandcamp.com/track/title"
    assert sale["sold_at"] == datetime(2023, 7, 11, 18, 32, 1, 609480, tzinfo=UTC)
    assert (sale["item_price"], sale["amount_paid_usd"]) == (Decimal("1.99"), Decimal("3.21"))
    assert (sale["art_id"], sale["releases"], sale["album_title"]) == (3159178163, None, None)
    assert sale["quantity"] == 2
    assert sale["source_file"] == "f00d"


def test_an_item_may_have_every_column_of_the_archive() -> None:
    # An art_id is a number, and so on; the rest is text.
    numbers = {"utc_date": "1689100321.5", "item_price": "1", "amount_paid": "2", "amount_paid_usd": "3"}
    numbers |= {"art_id": "4", "releases": "5", "package_image_id": "6", "addl_count": "7"}
    given_texts = {name: numbers.get(name, f"text of {name}") for name in SOURCE_COLUMNS if name != "_id"}

    records = parse_pages(page_bytes(events=[event(given_texts)]))

    row = records.whole.drop("record", "line").row(0, named=True)
    assert row == {"_id": None, **given_texts}  # it is made where the rows are converted
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


def test_line_breaks_become_line_feeds() -> None:
    assert convert_items(item(item_description="a\r\nb")).sales["item_description"].to_list() == ["a\nb"]


def test_an_event_without_a_type_is_accepted() -> None:
    converted = convert_page(page_bytes(events=[{"items": [item()]}]))

    assert converted.sales.height == 1


def test_each_item_of_an_event_is_a_sale() -> None:
    converted = convert_items(item(), item(url="//artist.bandcamp.com/track/other"), item(url="//b"))

    assert converted.sales["source_row"].to_list() == [1, 2, 3]
    assert converted.sales["_id"].n_unique() == 3


def test_a_file_may_hold_several_pages_and_pages_in_wrappers() -> None:
    page = page_bytes(events=[event(item())])

    converted = convert_page(b"[" + page + b', {"feed_data": ' + page + b"}]")

    assert converted.sales["source_row"].to_list() == [1, 2]
