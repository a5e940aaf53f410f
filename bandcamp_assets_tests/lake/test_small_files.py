"""Files that are converted together give what each gives by itself."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

from bandcamp_assets.lake.conversion import AS_THE_ARCHIVE, convert
from bandcamp_assets.lake.pages import parse_pages
from bandcamp_assets.lake.records import Records, parse_records
from bandcamp_assets.lake.small_files import SmallFile, convert_together
from bandcamp_assets.sources.delivery.file_format import Content, Kind
from bandcamp_assets_tests.raw_files import FIRST_SECOND, HEADER, csv_bytes, raw_row
from bandcamp_assets_tests.sources.feed.conftest import page_bytes
from bandcamp_assets_tests.sources.feed.items import event, item

EARLY, LATE = datetime(2020, 9, 9, tzinfo=UTC), datetime(2020, 9, 11, tzinfo=UTC)
DECIMAL_COMMAS = Content(delimiter=";", decimal_mark=",", missing_word="NA")


def csv_records(*rows: dict[str, str], further: bytes = b"", without: tuple[str, ...] = ()) -> Records:
    columns = [name for name in HEADER if name not in without]
    return parse_records(csv_bytes(rows, header=columns).partition(b"\n")[2] + further, columns)


def many() -> list[SmallFile]:
    """Files that differ in whatever a conversion depends on."""
    in_yen = {"currency": "JPY", "item_price": "100.4", "amount_paid": "100.5"}
    commas = raw_row(7, amount_paid="9,99", item_price="1,005", utc_date=f"{FIRST_SECOND + 7}".replace(".", ","))
    commas["_id"], commas["country"] = f"{FIRST_SECOND + 7}&{commas['url']}", "NA"
    tomorrow = raw_row(90_000)
    records = [
        (
            EARLY,
            csv_records(raw_row(1), raw_row(2, **in_yen), raw_row(3, item_type="x"), tomorrow),
            AS_THE_ARCHIVE,
        ),
        (LATE, csv_records(tomorrow, raw_row(5, _id="")), AS_THE_ARCHIVE),
        (LATE, csv_records(commas, raw_row(8, amount_paid="1.000,5")), DECIMAL_COMMAS),
        (LATE, csv_records(further=b'too,few\n"open\n'), AS_THE_ARCHIVE),
        (LATE, csv_records(raw_row(9), raw_row(10), without=("_id", "art_id", "releases")), AS_THE_ARCHIVE),
        (LATE, csv_records(), AS_THE_ARCHIVE),
        (
            LATE,
            parse_pages(page_bytes(events=[event(item(utc_date=FIRST_SECOND)), "no event"])),
            Content(kind=Kind.PAGES),
        ),
        (LATE, csv_records(raw_row(11), further=b"x\n" * 3), AS_THE_ARCHIVE),
    ]
    return [SmallFile(f"{at:04}", *one) for at, one in enumerate(records)]


def test_files_converted_together_give_what_each_gives_alone() -> None:
    files = many()

    together = convert_together(files)

    for file, made in zip(files, together, strict=True):
        alone = convert(
            file.records, source_file=file.file_id, first_row=1, arrived_at=file.arrived_at, content=file.content
        )
        assert made.sales.equals(alone.sales)
        assert made.sales.schema == alone.sales.schema
        assert made.rejected.equals(alone.rejected)
        assert made.rejected.schema == alone.rejected.schema
        assert made.rounded_amounts == alone.rounded_amounts


def test_the_files_have_sales_rejected_rows_and_rounded_amounts() -> None:
    together = convert_together(many())

    assert [made.sales.height for made in together] == [2, 1, 1, 0, 2, 0, 1, 1]
    assert [made.rejected.height for made in together] == [2, 1, 1, 2, 0, 0, 1, 3]
    assert [made.rounded_amounts for made in together] == [2, 0, 1, 0, 0, 0, 0, 0]
    reasons = pl.concat(made.rejected for made in together)["reason"].unique()
    assert {"bad_timestamp", "malformed_row", "unknown_item_type", "missing_id", "bad_amount"} == set(reasons)


def test_no_files_give_nothing() -> None:
    assert convert_together([]) == []
