"""Deliveries with many rejected rows are named with share and reasons, and the cause where it is certain."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bandcamp_assets.catalog import Catalog, RawFile, StagedFile
from bandcamp_assets.contract.likely_cause import likely_cause
from bandcamp_assets.contract.rejection import RejectionReason
from bandcamp_assets.lake.staging import stage_file
from bandcamp_assets.reconciliation.rejections import rejections, unusual_rejections
from bandcamp_assets_tests.raw_files import csv_bytes, raw_row

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def raw(file_id: str, *, origin: str = "path:x", hours_ago: float = 0) -> RawFile:
    return RawFile(file_id, f"{file_id}.csv", "s", origin, False, 1, file_id, NOW - timedelta(hours=hours_ago))


def staged(file_id: str, rows: int, **rejected: int) -> StagedFile:
    return StagedFile(file_id, "contract", rows, rejected)


@pytest.mark.parametrize(("rejected", "unusual"), [(0, False), (10, False), (11, True), (100, True)])
def test_more_than_a_tenth_is_unusual(rejected: int, unusual: bool):
    (found,) = rejections([raw("a")], [staged("a", 100, bad_amount=rejected)])

    assert (found.rejected, found.is_unusual) == (rejected, unusual)


def test_a_file_with_a_header_alone_is_not_unusual():
    (found,) = rejections([raw("a")], [staged("a", 0)])

    assert not found.is_unusual


def test_pages_of_the_feed_are_judged_together_and_those_of_earlier_days_no_more():
    pages = [raw(name, origin="feed:x", hours_ago=hours) for name, hours in (("old", 25), ("a", 23), ("b", 0))]

    (found,) = rejections(pages, [staged("old", 9, bad_amount=9), staged("a", 90), staged("b", 10, bad_amount=9)])

    assert (found.file_ids, found.rows, found.rejected, found.is_unusual) == (("a", "b"), 100, 9, False)


def test_files_that_are_withdrawn_or_not_staged_yet_are_not_judged():
    assert rejections([raw("a")], [staged("b", 1, bad_amount=1)]) == []


CAUSES: dict[str, tuple[Mapping[str, str], str]] = {
    "dates": ({"utc_date": "2020-09-09 22:00:03"}, "dates as text"),
    "German dates": ({"utc_date": "09.09.2020 22:00"}, "dates as text"),
    "milliseconds": ({"utc_date": "1599688803517"}, "milliseconds"),
    "days of a spreadsheet": ({"utc_date": "44083.9167"}, "a spreadsheet's days"),
    "words": ({"item_type": "album"}, "`item_type` holds words"),
    "currency signs": ({"currency": "$"}, "`currency` holds signs"),
    "small currencies": ({"currency": "usd"}, "`currency` holds signs, names or small letters"),
    "priced with signs": ({"amount_paid": "$9.99"}, "amounts hold signs"),
    "decimal commas": ({"amount_paid": "9,99"}, "decimal commas"),
    "written nulls": ({"amount_paid_usd": "NULL"}, "missing values are written out"),
    "written nulls in counts": ({"releases": "NA"}, "missing values are written out"),
}


@pytest.mark.parametrize("name", CAUSES)
def test_the_cause_is_told_where_the_values_show_it(tmp_path: Path, name: str):
    changes, said = CAUSES[name]
    rows = [raw_row(number, **{"_id": raw_row(number)["_id"], **changes}) for number in range(5)]

    (line,) = told(tmp_path, csv_bytes([*rows, raw_row(9)]))

    assert line.startswith("sales.csv: 5 of 6 rows (83.3%) were rejected: ")
    assert said in line.partition("; likely cause: ")[2]


@pytest.mark.parametrize(
    ("cut", "said"),
    [
        (lambda line: line.replace(b",", b";"), "not separated by commas"),
        (lambda line: line.replace(b",9.99,", b",9,99,"), "more fields than the header"),
        (lambda line: line.rpartition(b",")[0], "a column is missing"),
    ],
)
def test_the_cause_of_malformed_rows_is_told_by_their_fields(tmp_path: Path, cut: object, said: str):
    header, *lines = csv_bytes([raw_row(number) for number in range(5)]).splitlines()

    (line,) = told(tmp_path, b"\n".join([header, *(cut(line) for line in lines)]))  # type: ignore[operator]

    assert "5 of 5 rows (100.0%) were rejected: malformed_row 5; likely cause: " in line
    assert said in line


def test_no_cause_is_made_up_where_values_differ_or_show_nothing():
    mixed = ["utc_date = '2020-09-09'", "utc_date = 'x'"]

    assert likely_cause(RejectionReason.BAD_TIMESTAMP, mixed) == ""
    assert likely_cause(RejectionReason.BAD_TIMESTAMP, ["utc_date = '4102444800'"]) == ""
    assert likely_cause(RejectionReason.MISSING_ID, []) == ""
    assert likely_cause(RejectionReason.MALFORMED_ROW, ["a NUL byte"]) == ""


def told(home: Path, content: bytes) -> list[str]:
    """What is said of a file that is the only one."""
    catalog = Catalog(home / "catalog.sqlite")
    catalog.add_raw_file(RawFile("f00d", "sales.csv", "s", "path:x", False, 1, "f00d", NOW))
    scratch = home / "scratch"
    scratch.mkdir()
    catalog.record_staged(
        stage_file(
            io.BytesIO(content), file_id="f00d", arrived_at=NOW, lake=home / "lake", scratch=scratch, where="x.csv"
        )
    )
    return unusual_rejections(catalog, home / "lake")
