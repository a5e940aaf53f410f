"""Items and events of the feed for the tests, and the conversion of a page of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bandcamp_assets.lake.conversion import Converted, convert
from bandcamp_assets.lake.made import StagedFile
from bandcamp_assets.lake.pages import parse_pages
from bandcamp_assets.lake.staging import stage_delivery
from bandcamp_assets.sources.delivery.file_format import Content, FileFormat, Kind
from bandcamp_assets_tests.sources.feed.conftest import page_bytes

ARRIVED_AT = datetime(2023, 7, 12, tzinfo=UTC)


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


def stage_page(body: bytes, *, file_id: str, arrived_at: datetime, lake: Path, scratch: Path) -> StagedFile:
    """Stage a page or a list of pages, decompressed, as those of the feed are."""
    path = scratch / "page.json"
    path.write_bytes(body)
    pages = FileFormat(contents=(Content(kind=Kind.PAGES),))
    staged = stage_delivery(
        path, pages, file_id=file_id, arrived_at=arrived_at, lake=lake, scratch=scratch, where=path.name
    )
    path.unlink()
    return staged
