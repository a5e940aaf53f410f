"""Deliveries with many rejected rows are named with share and reasons, and with the cause if it is certain."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bandcamp_assets.contract.likely_cause import likely_cause
from bandcamp_assets.contract.rejection import RejectionReason
from bandcamp_assets.lake.layout import rejected_file
from bandcamp_assets.lake.made import StagedFile
from bandcamp_assets.lake.staging import stage_file
from bandcamp_assets.sources.raw_file import RawFile
from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets.state.ledger import rejections as module
from bandcamp_assets.state.ledger.rejections import rejections, unusual_rejections
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


def test_a_file_with_only_the_header_is_not_unusual():
    (found,) = rejections([raw("a")], [staged("a", 0)])

    assert not found.is_unusual


def test_pages_of_the_feed_are_judged_together_without_those_of_earlier_days():
    pages = [raw(name, origin="feed:x", hours_ago=hours) for name, hours in (("old", 24), ("a", 23), ("b", 0))]

    (found,) = rejections(pages, [staged("old", 9, bad_amount=9), staged("a", 90), staged("b", 10, bad_amount=9)])

    assert found.name == "live feed, the latest day"
    assert (found.file_ids, found.rows, found.rejected, found.is_unusual) == (("a", "b"), 100, 9, False)


def test_files_that_are_withdrawn_or_not_staged_yet_are_not_judged():
    assert rejections([raw("a")], [staged("b", 1, bad_amount=1)]) == []


CAUSES: dict[str, tuple[Mapping[str, str], str]] = {
    "dates": ({"utc_date": "2020-09-09"}, "dates as text"),
    "German dates": ({"utc_date": "09.09.2020 22:00"}, "dates as text"),
    "milliseconds": ({"utc_date": "1599688803517"}, "milliseconds"),
    "days of a spreadsheet": ({"utc_date": "44083.9167"}, "a spreadsheet's days"),
    "words": ({"item_type": "album"}, "`item_type` holds words"),
    "currency signs": ({"currency": "$"}, "`currency` holds signs"),
    "names of currencies": ({"currency": "Euro"}, "`currency` holds signs or names"),
    "priced with signs": ({"amount_paid": "$9.99"}, "amounts hold currency signs"),
    "decimal commas": ({"amount_paid": "9,99"}, "decimal commas"),
    "thousands": ({"amount_paid": "1,234.50"}, "thousands separators"),
    "written nulls": ({"amount_paid_usd": "?"}, "missing values are written as text"),
    "written nulls in counts": ({"releases": "unknown"}, "missing values are written as text"),
}


@pytest.mark.parametrize("name", CAUSES)
def test_the_cause_is_reported_if_the_values_show_it(tmp_path: Path, name: str):
    changes, expected = CAUSES[name]
    rows = [raw_row(number, **{"_id": raw_row(number)["_id"], **changes}) for number in range(5)]

    (line,) = reported(tmp_path, csv_bytes([*rows, raw_row(9)]))

    assert line.startswith("sales.csv: 5 of 6 rows (83.3%) were rejected: ")
    assert expected in line.partition("; likely cause: ")[2]


@pytest.mark.parametrize(
    ("cut", "expected"),
    [
        (lambda line: line.replace(b",", b";"), "not separated by commas"),
        (lambda line: line.replace(b",9.99,", b",9,99,"), "more fields than the header"),
        (lambda line: line.rpartition(b",")[0], "a column is missing"),
    ],
)
def test_the_cause_of_malformed_rows_is_found_by_their_fields(tmp_path: Path, cut: object, expected: str):
    header, *lines = csv_bytes([raw_row(number) for number in range(5)]).splitlines()

    (line,) = reported(tmp_path, b"\n".join([header, *(cut(line) for line in lines)]))  # type: ignore[operator]

    assert "5 of 5 rows (100.0%) were rejected: malformed_row 5; likely cause: " in line
    assert expected in line


def fields(*counts: int) -> list[str]:
    return [f"the record has {count} fields instead of 24" for count in counts]


ONE_FIELD = "rows are not separated by commas, but the header is"
MORE_FIELDS = "rows have more fields than the header: texts or decimals contain commas but are not quoted"
FEWER_FIELDS = "all rows have fewer fields than the header: a column is missing in them"


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        (fields(1, 1, 1, 1, 30), ONE_FIELD),
        (fields(1, 1, 1, 30), ""),
        (fields(25, 26, 30, 99, 1), MORE_FIELDS),
        (fields(25, 26, 30, 24), ""),
        (fields(23, 23, 23, 23), FEWER_FIELDS),
        (fields(23, 23, 23, 22), ""),
        ([*fields(23, 23, 23, 23), "a NUL byte"], FEWER_FIELDS),
        ([*fields(23, 23, 23), "a NUL byte"], ""),
        ([*fields(1, 1, 1, 1), "a NUL byte"], ONE_FIELD),
    ],
)
def test_four_malformed_rows_of_five_have_to_look_alike(details: list[str], expected: str):
    assert likely_cause(RejectionReason.MALFORMED_ROW, details) == expected


def test_four_wrong_values_of_five_have_to_show_the_same_mistake():
    signs, nothing = "currency = '$'", "currency = '9'"

    assert likely_cause(RejectionReason.UNKNOWN_CURRENCY, [signs] * 4 + [nothing]).startswith("`currency` holds")
    assert likely_cause(RejectionReason.UNKNOWN_CURRENCY, [signs] * 3 + [nothing]) == ""


def test_a_mistake_counts_once_a_row_and_only_in_its_own_columns():
    both, neither = "item_price = '?', amount_paid = '?'", "item_price = '9', amount_paid = 'x'"

    assert likely_cause(RejectionReason.BAD_AMOUNT, [both, both, neither]) == ""
    assert likely_cause(RejectionReason.BAD_AMOUNT, ["currency = '?'"]) == ""
    assert "written as text" in likely_cause(RejectionReason.BAD_AMOUNT, [both])


def test_no_cause_is_reported_if_values_differ_or_show_nothing():
    mixed = ["utc_date = '2020-09-09'", "utc_date = 'x'"]

    assert likely_cause(RejectionReason.BAD_TIMESTAMP, mixed) == ""
    assert likely_cause(RejectionReason.BAD_TIMESTAMP, ["utc_date = '4102444800'"]) == ""
    assert likely_cause(RejectionReason.MISSING_ID, []) == ""
    assert likely_cause(RejectionReason.MALFORMED_ROW, ["a NUL byte"]) == ""


HEADLINE = "sales.csv: 4 of 4 rows (100.0%) were rejected: "
BAD = {
    "currency": [raw_row(number, currency="$") for number in range(4)],
    "item_type": [raw_row(number, item_type="album") for number in range(4)],
    "amount_paid": [raw_row(number, amount_paid="much") for number in range(4)],
    "artist_name": [raw_row(number, artist_name="A\0B") for number in range(4)],
}
SIGNS = "; likely cause: `currency` holds signs or names; write codes of ISO 4217, such as USD"


def test_three_reasons_are_reported_the_most_frequent_first(tmp_path: Path):
    rows = [
        row for name, many in (("amount_paid", 1), ("currency", 3), ("item_type", 2)) for row in BAD[name][:many]
    ]

    (line,) = reported(tmp_path, csv_bytes([*rows, BAD["artist_name"][0]]))

    expected = "sales.csv: 7 of 7 rows (100.0%) were rejected: unknown_currency 3, unknown_item_type 2, "
    assert line == expected + "bad_amount 1"


def test_a_cause_is_looked_for_if_half_of_the_rows_have_one_reason(tmp_path: Path):
    half, fewer = tmp_path / "half", tmp_path / "fewer"

    lines = [
        *reported(half, csv_bytes([*BAD["currency"][:2], *BAD["item_type"][2:]])),
        *reported(fewer, csv_bytes([*BAD["currency"][:2], *BAD["item_type"][2:], BAD["amount_paid"][0]])),
    ]

    assert lines[0] == HEADLINE + "unknown_currency 2, unknown_item_type 2" + SIGNS
    assert "likely cause" not in lines[1]


def test_no_cause_is_reported_for_a_reason_of_another_version(tmp_path: Path):
    lines = reported(tmp_path, csv_bytes(BAD["currency"]), reason="gone_out_of_use")

    assert lines == [HEADLINE + "gone_out_of_use 4"]


@pytest.mark.parametrize("hurt", [Path.unlink, lambda path: path.write_bytes(b"no Parquet")])
def test_no_cause_is_reported_if_the_rejected_rows_cannot_be_read(tmp_path: Path, hurt: Callable[[Path], object]):
    lines = reported(tmp_path, csv_bytes(BAD["currency"]), hurt=hurt)

    assert lines == [HEADLINE + "unknown_currency 4"]


def test_only_some_of_the_rows_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "_EXAMPLES", 2)

    (line,) = reported(
        tmp_path, csv_bytes([*BAD["currency"][:2], raw_row(2, currency="9"), raw_row(3, currency="9")])
    )

    assert line == HEADLINE + "unknown_currency 4" + SIGNS


def reported(
    home: Path, content: bytes, *, reason: str = "", hurt: Callable[[Path], object] = lambda path: None
) -> list[str]:
    """The lines about the only file. Its rejected rows may get another reason, or may be damaged."""
    scratch = home / "scratch"
    scratch.mkdir(parents=True)
    catalog = Catalog(home / "catalog.sqlite")
    catalog.add_raw_file(RawFile("f00d", "sales.csv", "s", "path:x", False, 1, "f00d", NOW))
    staged = stage_file(
        io.BytesIO(content), file_id="f00d", arrived_at=NOW, lake=home / "lake", scratch=scratch, where="x.csv"
    )
    catalog.record_staged(replace(staged, rejected={reason: 4}) if reason else staged)
    hurt(rejected_file(home / "lake", "f00d"))
    return unusual_rejections(catalog, home / "lake")
