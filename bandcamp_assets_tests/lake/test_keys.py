"""A sale has one key and one day, however its `_id` and time are spelt; a mismatched `_id` is rejected."""

from __future__ import annotations

import io
import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from bandcamp_assets.contract.sale import Sale
from bandcamp_assets.lake.cleaning import clean_day
from bandcamp_assets.lake.conversion import Converted, convert
from bandcamp_assets.lake.keys import read_keys
from bandcamp_assets.lake.layout import staged_file
from bandcamp_assets.lake.records import parse_records
from bandcamp_assets.lake.staging import stage_file
from bandcamp_assets_tests.raw_files import HEADER, csv_bytes, raw_row

ARRIVED_AT = datetime(2021, 1, 1, tzinfo=UTC)
URL = "//a.bandcamp.com/album/b"
MIDNIGHT = 1600041600


def convert_rows(*rows: dict[str, str]) -> Converted:
    records = parse_records(csv_bytes(rows).split(b"\n", 1)[1], list(HEADER))
    return convert(records, source_file="f00d", first_row=1, arrived_at=ARRIVED_AT)


def key_of(seconds: float, url: str) -> str:
    """The key by Python's own rounding."""
    return f"{seconds:.5f}".rstrip("0").rstrip(".") + f"&{url}"


@pytest.mark.parametrize(
    "spelt",
    ["1599696123.5", "1599696123.50", "1599696123.500000001", "+1599696123.5", "01599696123.5", "1.5996961235e9",
     "1.5996961235E+09", "15996961235e-1"],
)  # fmt: skip
def test_one_sale_has_one_key_however_it_is_spelt(spelt: str) -> None:
    sales = convert_rows(raw_row(_id=f"{spelt}&{URL}", utc_date="1599696123.5", url=URL)).sales

    assert sales["_id"].to_list() == [f"1599696123.5&{URL}"]
    assert sales["sold_at"].to_list() == [datetime(2020, 9, 10, 0, 2, 3, 500_000, UTC)]


@pytest.mark.parametrize(
    ("delivered", "url"),
    [
        ("1599696123.5", URL),
        ("1599696123.5&", URL),
        (f"1599696123.5&{URL}/", URL),
        (f"1599696123.5&https:{URL}", URL),
        (f"1599696123.5&{URL}", ""),
        (f"1599696123.60001&{URL}", URL),
        (f"&{URL}", URL),
        (f"1599696123.5 &{URL}", URL),
        (URL, URL),
    ],
)
def test_an_id_of_another_row_is_a_mismatch(delivered: str, url: str) -> None:
    rejected = convert_rows(raw_row(_id=delivered, utc_date="1599696123.5", url=url)).rejected

    assert rejected["reason"].to_list() == ["id_mismatch"]
    assert delivered in rejected["detail"][0]


@pytest.mark.parametrize("url", ["//a.bandcamp.com/x?a=1&b=2", "&", "//a.bandcamp.com/é", ""])
def test_the_key_has_the_url_of_the_row_whatever_it_contains(url: str) -> None:
    sales = convert_rows(raw_row(_id=f"1599696123.50&{url}", utc_date="1599696123.5", url=url)).sales

    assert sales["_id"].to_list() == [f"1599696123.5&{url}"]


@pytest.mark.parametrize(
    ("utc_date", "agrees"),
    [
        ("1599696123.52346", True),
        ("1599696123.5234502", True),
        ("1599696123.52347", False),
        ("1599696123.523460", True),
        ("1599696123.523461", False),
        ("1599696123.523", True),
        ("1599696123.524", True),
        ("1599696123.525", False),
        ("1599696123.52", True),
        ("1599696124", True),
        ("1599696123", True),
        ("1599696123.", True),
        ("1599696125", False),
        ("1599696122", False),
        ("1.5997E+09", True),
        ("1.6E+09", True),
        ("1.5E9", True),
        ("2E+09", True),
        ("15997e5", True),
        ("15998e5", False),
    ],
)
def test_a_time_that_was_rounded_matches_and_the_key_dates_the_sale(utc_date: str, agrees: bool) -> None:
    converted = convert_rows(raw_row(_id=f"1599696123.52345&{URL}", utc_date=utc_date, url=URL))

    assert converted.rejected["reason"].to_list() == ([] if agrees else ["id_mismatch"])
    assert converted.sales["sold_at"].to_list() == [datetime(2020, 9, 10, 0, 2, 3, 523_450, UTC)] * agrees
    assert converted.sales["utc_date"].to_list() == [float(utc_date)] * agrees


@pytest.mark.parametrize(
    ("delivered", "agrees"),
    [
        ("2020-09-09T22:00:03.5175Z", True),
        ("2020-09-09 22:00:03.517500+00:00", True),
        ("2020-09-10 00:00:03.5175+02:00", True),
        ("2020-09-10T03:45:03,5175+0545", True),
        ("2020-09-09 16:30:03.5175 -05:30", True),
        ("2020-09-09T20:00:03.5175-02", True),
        ("2020-09-09 22:00:03.5175 UTC", True),
        ("2020-09-09 22:00:03", True),
        ("2020-09-09 22:00:05", False),
        ("2020-09-09", False),
        ("2020-13-09 22:00:03", False),
    ],
)
def test_a_time_in_iso_8601_has_to_agree_with_the_key(delivered: str, agrees: bool) -> None:
    converted = convert_rows(raw_row() | {"utc_date": delivered})

    assert converted.sales.height == agrees
    if agrees:
        assert converted.sales["sold_at"].to_list() == [datetime(2020, 9, 9, 22, 0, 3, 517500, tzinfo=UTC)]


def test_times_of_every_form_may_stand_in_one_file() -> None:
    iso = {"utc_date": "2020-09-09 22:00:04.5175Z"}
    rows = [raw_row(0), raw_row(1) | iso, raw_row(2, utc_date="yesterday"), raw_row(3, utc_date=""), raw_row(4)]

    converted = convert_rows(*rows)

    assert converted.sales.sort("source_row").select("source_row", "utc_date").rows() == [
        (1, 1599688803.5175),
        (2, 1599688804.5175),
        (5, 1599688807.5175),
    ]
    assert converted.rejected.select("source_row", "reason").rows() == [(3, "bad_timestamp"), (4, "bad_timestamp")]


def test_only_rows_without_a_field_id_get_one() -> None:
    text = pl.DataFrame(
        {
            "_id": [None, None, f"1599696123.50&{URL}", None, None],
            "utc_date": ["1599696123.5", "1599696123.5", "1599696123.5", "yesterday", "1599696123.5"],
            "url": [URL, URL, URL, URL, None],
        }
    )

    read = read_keys(text, unkeyed=pl.Series([True, False, False, True, True]))

    key = f"1599696123.5&{URL}"
    assert read["_id"].to_list() == [key, None, key, "", None]
    assert read["agrees"].to_list() == [True, False, True, False, False]


def test_the_day_is_that_of_the_key_and_not_of_utc_date() -> None:
    before = raw_row(_id=f"{MIDNIGHT - 0.00001:.5f}&{URL}", utc_date=str(MIDNIGHT), url=URL)
    after = raw_row(_id=f"{MIDNIGHT}&{URL}", utc_date="1600041599.999995", url=URL)

    sales = convert_rows(before, after).sales

    assert sales["sale_date"].to_list() == [date(2020, 9, 13), date(2020, 9, 14)]


def test_a_sale_is_dated_by_its_key_where_utc_date_says_less() -> None:
    row = raw_row(_id=f"1599609600.00001&{URL}", utc_date="1599609600", url=URL)
    early = raw_row(_id=f"1599609599.99999&{URL}", utc_date="1599609600", url=URL)

    converted = convert_rows(row, early)

    assert converted.sales["sale_date"].to_list() == [date(2020, 9, 9)]
    assert converted.rejected["reason"].to_list() == ["bad_timestamp"]


def test_keys_are_spelt_as_python_rounds_doubles() -> None:
    chance = random.Random(3)  # noqa: S311 - a test's numbers
    times = [1599696000 + chance.random() * 8e6 for _ in range(3_000)] + [1600000000 + at / 64 for at in range(64)]
    rows = [raw_row(n, _id=f"{at!r}&{URL}", utc_date=repr(at), url=URL) for n, at in enumerate(times)]

    sales = convert_rows(*rows).sales.sort("source_row")

    assert sales["_id"].to_list() == [key_of(at, URL) for at in times]
    assert sales["sold_at"].to_list() == [
        datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(float(f"{at:.5f}") * 100_000 + 0.5) * 10)
        for at in times
    ]


def test_spellings_of_one_sale_in_many_files_are_one_sale_and_other_rows_are_rejected(tmp_path: Path) -> None:
    midnight = [f"{MIDNIGHT - 0.00002:.5f}&{URL}", f"1.60004159999998e9&{URL}", f"01600041599.999980&{URL}"]
    times = [f"{MIDNIGHT - 0.00002:.5f}", f"{MIDNIGHT - 0.00001:.5f}", str(MIDNIGHT), "1.6000416E9"]
    rows = [raw_row(_id=one, utc_date=time, url=URL) for one in midnight for time in times]
    staged = []
    for number, row in enumerate(rows):
        scratch = tmp_path / f"scratch-{number}"
        scratch.mkdir()
        made = stage_file(
            io.BytesIO(csv_bytes([row])),
            file_id=f"file-{number}",
            arrived_at=ARRIVED_AT,
            lake=tmp_path / "lake",
            scratch=scratch,
            where="file",
        )
        assert [day.sale_date for day in made.days] == [date(2020, 9, 13)]
        staged.append(pl.scan_parquet(staged_file(tmp_path / "lake", date(2020, 9, 13), f"file-{number}")))

    frames = clean_day(staged)

    assert frames.sales["_id"].to_list() == [f"1600041599.99998&{URL}"]
    assert frames.duplicates.height == len(rows) - 1


def test_the_contract_refuses_a_key_of_another_time_than_its_row() -> None:
    sales = convert_rows(raw_row(1)).sales.drop("source_row")

    assert Sale.is_valid(sales)
    assert not Sale.is_valid(sales.with_columns(_id=pl.lit(f"1600041600&{URL}")))
