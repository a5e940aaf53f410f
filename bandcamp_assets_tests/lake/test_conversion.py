"""Each rule of the contract: what it accepts, what it rejects, and with which reason."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from bandcamp_assets.contract import codes
from bandcamp_assets.contract.rejection import RejectionReason
from bandcamp_assets.contract.sale import NEEDED_COLUMNS, OPTIONAL_COLUMNS
from bandcamp_assets.lake.conversion import AS_THE_ARCHIVE, REJECTED_SCHEMA, STAGED_SCHEMA, Converted, convert
from bandcamp_assets.lake.records import parse_records
from bandcamp_assets.sources.delivery.file_format import Content
from bandcamp_assets_tests.raw_files import HEADER, csv_bytes, raw_row

ARRIVED_AT = datetime(2020, 10, 3, 12, tzinfo=UTC)


def convert_rows(*rows: dict[str, str], content: Content = AS_THE_ARCHIVE) -> Converted:
    body = csv_bytes(rows).split(b"\n", 1)[1]
    records = parse_records(body, list(HEADER))
    return convert(records, source_file="f00d", first_row=1, arrived_at=ARRIVED_AT, content=content)


def test_a_good_row_becomes_a_typed_sale():
    converted = convert_rows(raw_row(item_slug="/album/", addl_count="2.0"))

    assert dict(converted.sales.schema) == STAGED_SCHEMA
    sale = converted.sales.row(0, named=True)
    assert sale["item_price"] == Decimal("9.99")
    assert sale["amount_paid_usd"] == Decimal("9.99")
    assert sale["art_id"] == 206405257
    assert sale["sold_at"] == datetime(2020, 9, 9, 22, 0, 3, 517500, tzinfo=UTC)
    assert sale["sale_date"] == date(2020, 9, 9)
    assert sale["quantity"] == 3
    assert sale["source_file"] == "f00d"
    assert converted.rejected.is_empty()
    assert dict(converted.rejected.schema) == REJECTED_SCHEMA


@pytest.mark.parametrize("name", ["None", "NA", "null", "NULL", "nan", " "])
def test_an_artist_may_be_called_anything(name: str):
    converted = convert_rows(raw_row(artist_name=name))

    assert converted.sales["artist_name"].to_list() == [name]


def test_empty_optional_fields_are_missing():
    converted = convert_rows(raw_row(country="", country_code="", amount_paid_usd="", slug_type=""))

    sale = converted.sales.row(0, named=True)
    assert [sale[name] for name in ("country", "country_code", "amount_paid_usd", "slug_type")] == [None] * 4
    assert sale["quantity"] == 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"_id": ""}, RejectionReason.MISSING_ID),
        ({"utc_date": ""}, RejectionReason.BAD_TIMESTAMP),
        ({"utc_date": "yesterday"}, RejectionReason.BAD_TIMESTAMP),
        ({"utc_date": "nan"}, RejectionReason.BAD_TIMESTAMP),
        ({"utc_date": "inf"}, RejectionReason.BAD_TIMESTAMP),
        ({"utc_date": "-1"}, RejectionReason.BAD_TIMESTAMP),
        ({"utc_date": "1e300"}, RejectionReason.BAD_TIMESTAMP),
        ({"utc_date": "1221523199.0"}, RejectionReason.BAD_TIMESTAMP),  # before the launch
        ({"utc_date": "1599609599.0"}, RejectionReason.BAD_TIMESTAMP),  # the day before the first
        ({"utc_date": "1601812801.0"}, RejectionReason.BAD_TIMESTAMP),  # a day and a second ahead
        ({"_id": "1599602403.5175&//a.bandcamp.com"}, RejectionReason.ID_MISMATCH),
        ({"_id": "no time&//a.bandcamp.com"}, RejectionReason.ID_MISMATCH),
        ({"item_type": "x"}, RejectionReason.UNKNOWN_ITEM_TYPE),
        ({"item_type": ""}, RejectionReason.UNKNOWN_ITEM_TYPE),
        ({"amount_paid": "free"}, RejectionReason.BAD_AMOUNT),
        ({"amount_paid": ""}, RejectionReason.BAD_AMOUNT),
        ({"item_price": ""}, RejectionReason.BAD_AMOUNT),
        ({"item_price": "-0.01"}, RejectionReason.BAD_AMOUNT),
        ({"amount_paid_usd": "unknown"}, RejectionReason.BAD_AMOUNT),
        ({"amount_paid": "nan"}, RejectionReason.BAD_AMOUNT),
        ({"amount_paid_usd": "1,234.50"}, RejectionReason.BAD_AMOUNT),
        ({"amount_paid": "inf"}, RejectionReason.BAD_AMOUNT),
        ({"amount_paid": "-1e-30"}, RejectionReason.BAD_AMOUNT),
        ({"amount_paid": "10000000000"}, RejectionReason.BAD_AMOUNT),
        ({"item_price": "9999999999.995"}, RejectionReason.BAD_AMOUNT),
        ({"amount_paid_usd": "1e10"}, RejectionReason.BAD_AMOUNT),
        ({"amount_paid": "1e19"}, RejectionReason.BAD_AMOUNT),  # too large for the type of money
        ({"amount_paid": "1e19", "currency": "JPY"}, RejectionReason.BAD_AMOUNT),
        ({"amount_paid_usd": "1e300"}, RejectionReason.BAD_AMOUNT),
        ({"currency": "XXZ"}, RejectionReason.UNKNOWN_CURRENCY),
        ({"currency": "$"}, RejectionReason.UNKNOWN_CURRENCY),
        ({"currency": "u\u017fd"}, RejectionReason.UNKNOWN_CURRENCY),
        ({"currency": ""}, RejectionReason.UNKNOWN_CURRENCY),
        ({"addl_count": "many"}, RejectionReason.BAD_NUMBER),
        ({"addl_count": "-1.0"}, RejectionReason.BAD_NUMBER),
        ({"addl_count": "1000001"}, RejectionReason.BAD_NUMBER),
        ({"art_id": "12.5"}, RejectionReason.BAD_NUMBER),
        ({"art_id": "4503599627370497.5"}, RejectionReason.BAD_NUMBER),
        ({"package_image_id": "9223372036854775808"}, RejectionReason.BAD_NUMBER),
        ({"releases": "1e300"}, RejectionReason.BAD_NUMBER),
    ],
)
def test_a_row_that_breaks_a_rule_is_rejected_with_its_reason_and_its_text(
    changes: dict[str, str], reason: RejectionReason
):
    converted = convert_rows(raw_row(0), raw_row(1, **changes))

    assert converted.sales.height == 1
    rejected = converted.rejected.row(0, named=True)
    assert rejected["reason"] == reason.value
    assert rejected["source_row"] == 2
    assert next(iter(value for value in changes.values() if value), "") in rejected["raw_text"]


@pytest.mark.parametrize("seconds", ["1599609600.0", "1601812800.0"])
def test_the_first_second_of_the_first_day_and_the_last_of_the_tolerance_are_sales(seconds: str):
    assert convert_rows(raw_row(utc_date=seconds)).sales.height == 1


@pytest.mark.parametrize(
    ("raw", "price"),
    [
        ("9.98999977111816", "9.99"),
        ("1.28999996185303", "1.29"),
        ("0", "0.00"),
        ("-0.0", "0.00"),
        ("0.125", "0.13"),
        ("9.995", "10.00"),
        ("2.675", "2.68"),
        ("1.005", "1.01"),
        ("0.285", "0.29"),
        ("0.0049999999999999999999999", "0.00"),
        ("1.25E+1", "12.50"),
        ("1999999.99", "1999999.99"),
        ("9999999999.99", "9999999999.99"),
        ("1500", "1500.00"),
    ],
)
def test_money_is_exact_to_the_cent(raw: str, price: str):
    assert convert_rows(raw_row(item_price=raw)).sales["item_price"].to_list() == [Decimal(price)]


@pytest.mark.parametrize(
    ("currency", "raw", "price"), [("JPY", "500.5", "501"), ("JPY", "500.495", "500"), ("KWD", "1.255", "1.26")]
)
def test_money_has_no_smaller_unit_than_its_currency_and_cents(currency: str, raw: str, price: str):
    sale = convert_rows(raw_row(item_price=raw, amount_paid=raw, amount_paid_usd="4.55", currency=currency)).sales

    assert sale["item_price"].to_list() == sale["amount_paid"].to_list() == [Decimal(price)]
    assert sale["amount_paid_usd"].to_list() == [Decimal("4.55")]


def test_amounts_that_lost_decimals_are_counted_and_the_noise_of_floats_is_not():
    converted = convert_rows(
        raw_row(0, item_price="9.98999977111816", amount_paid="9.990000000000001"),
        raw_row(1, item_price="199999.984375", amount_paid="200000.0"),
        raw_row(2, item_price="9.995", amount_paid="10.0"),
        raw_row(3, currency="JPY", item_price="1.5", amount_paid="1.5", amount_paid_usd="0.001"),
        raw_row(4, item_price="2.675", currency="no currency"),
        raw_row(5, item_price="32.000003814697265625", amount_paid="32.000003814697265626"),
    )

    assert converted.rounded_amounts == 5
    assert converted.rejected.height == 1


@pytest.mark.parametrize(
    ("raw", "number"),
    [("9007199254740993", 9007199254740993), ("9223372036854775807.0", 2**63 - 1), ("2.06405257E+8", 206405257)],
)
def test_whole_numbers_keep_their_digits(raw: str, number: int):
    assert convert_rows(raw_row(art_id=raw)).sales["art_id"].to_list() == [number]


GOOD = raw_row()
ID, TIME, URL = GOOD["_id"], GOOD["utc_date"], GOOD["url"]
AMOUNTS = "item_price = '9.98999977111816', amount_paid = '9.99', amount_paid_usd = '9.99'"


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"_id": ""}, None),
        ({"utc_date": "yesterday", "_id": ID}, f"utc_date = 'yesterday', _id = '{ID}'"),
        ({"_id": f"{TIME}&//other"}, f"_id = '{TIME}&//other', utc_date = '{TIME}', url = '{URL}'"),
        ({"item_type": ""}, "item_type = ''"),
        ({"amount_paid": "free"}, AMOUNTS.replace("paid = '9.99'", "paid = 'free'")),
        ({"currency": "XXZ"}, "currency = 'XXZ'"),
        (
            {"addl_count": "many"},
            "art_id = '206405257.0', releases = '', package_image_id = '', addl_count = 'many'",
        ),
    ],
)
def test_the_detail_of_a_rejected_row_names_the_columns_of_its_rule_and_their_values(
    changes: dict[str, str], detail: str | None
):
    assert convert_rows(raw_row(**changes)).rejected["detail"].to_list() == [detail]


def test_a_row_that_breaks_several_rules_is_rejected_by_the_first():
    broken = {"_id": "", "utc_date": "", "item_type": "", "amount_paid": "", "currency": "", "art_id": "x"}
    mended = dict(zip(broken, (ID, TIME, "a", "1", "USD", "1"), strict=True))

    reasons = []
    for name, value in mended.items():
        reasons += convert_rows(GOOD | broken).rejected["reason"].to_list()
        broken[name] = value

    assert reasons == [
        *("missing_id", "bad_timestamp", "unknown_item_type", "bad_amount", "unknown_currency", "bad_number")
    ]


@pytest.mark.parametrize("name", ["item_price", "amount_paid", "amount_paid_usd"])
def test_every_amount_is_checked_and_only_the_one_in_dollars_may_be_missing(name: str):
    assert convert_rows(raw_row(**{name: "-1"})).rejected["reason"].to_list() == ["bad_amount"]
    assert convert_rows(raw_row(**{name: "0"})).sales.height == 1
    assert convert_rows(raw_row(**{name: ""})).sales.height == (name == "amount_paid_usd")


@pytest.mark.parametrize("name", ["art_id", "releases", "package_image_id", "addl_count"])
def test_every_number_is_checked_and_may_be_missing(name: str):
    most = "1000000" if name == "addl_count" else str(2**63 - 1)

    assert convert_rows(raw_row(**{name: "-1"})).rejected["reason"].to_list() == ["bad_number"]
    assert [convert_rows(raw_row(**{name: value})).sales.height for value in ("", "0", most)] == [1, 1, 1]


def test_a_sale_on_the_launch_day_counts_where_the_first_day_is_earlier(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(codes, "FIRST_DAY", date(2001, 9, 11))
    launched = int(codes.LAUNCH.timestamp())

    assert convert_rows(raw_row(utc_date=f"{launched}.0")).sales.height == 1
    assert convert_rows(raw_row(utc_date=f"{launched - 1}.0")).sales.height == 0


def test_the_rejected_rows_are_in_the_order_of_the_file_with_their_text():
    rows = [raw_row(number, currency="XXZ") for number in range(3)]
    lines = csv_bytes(rows).split(b"\n")[1:4]
    records = parse_records(b"\n".join([lines[0], b"1,2,3", *lines[1:], b""]), list(HEADER))

    rejected = convert(records, source_file="f00d", first_row=1, arrived_at=ARRIVED_AT).rejected

    assert rejected["source_row"].to_list() == [1, 2, 3, 4]
    assert rejected["source_file"].to_list() == ["f00d"] * 4
    assert rejected["raw_text"].to_list() == [lines[0].decode(), "1,2,3", *(line.decode() for line in lines[1:])]
    assert rejected["detail"][1] == "the record has 3 fields instead of 24"


def test_a_malformed_record_and_a_refused_one_keep_their_row_numbers():
    body = csv_bytes([raw_row(0), raw_row(1, item_type="x")]).split(b"\n", 1)[1] + b"1,2,3\n"
    records = parse_records(body, list(HEADER))

    converted = convert(records, source_file="f00d", first_row=11, arrived_at=ARRIVED_AT)

    assert converted.sales["source_row"].to_list() == [11]
    assert converted.rejected.select("source_row", "reason").rows() == [
        (12, "unknown_item_type"),
        (13, "malformed_row"),
    ]


def test_every_reason_has_a_row_that_breaks_its_rule():
    (cases,) = (
        mark.args[1]
        for mark in test_a_row_that_breaks_a_rule_is_rejected_with_its_reason_and_its_text.pytestmark  # type: ignore[attr-defined]
    )

    assert {reason for _changes, reason in cases} == set(RejectionReason) - {RejectionReason.MALFORMED_ROW}


def test_numbers_may_have_decimal_commas_in_all_columns_and_the_time_either_mark():
    numbers = {"item_price": "1500,5", "amount_paid": "9,99", "amount_paid_usd": "1,1E+1", "art_id": "206405257,0"}
    rows = [raw_row(0, **numbers), raw_row(1, **numbers) | {"utc_date": "1599688804,5175"}]

    sales = convert_rows(*rows, content=Content(decimal_mark=",")).sales

    assert sales["item_price"].to_list() == [Decimal("1500.50")] * 2
    assert sales["amount_paid_usd"].to_list() == [Decimal("11.00")] * 2
    assert sales["art_id"].to_list() == [206405257] * 2


@pytest.mark.parametrize(
    ("mark", "amount"), [(",", "1.234,56"), (",", "1.234"), (",", "1.234.567"), (".", "1,234.56"), (".", "1,234")]
)
def test_thousands_separators_are_not_guessed(mark: str, amount: str):
    rejected = convert_rows(raw_row(amount_paid=amount), content=Content(decimal_mark=mark)).rejected

    assert rejected["reason"].to_list() == ["bad_amount"]
    assert f"amount_paid = '{amount}'" in rejected["detail"][0]


@pytest.mark.parametrize("word", ["NA", "n/a", "NULL", "null", "\\N", "nan", "NaN", "None", "-", "<NA>"])
def test_words_for_missing_numbers_are_missing_and_amounts_that_are_needed_are_bad(word: str):
    optional = dict.fromkeys(("amount_paid_usd", "art_id", "releases", "package_image_id", "addl_count"), word)

    sale = convert_rows(raw_row(**optional, artist_name=word, album_title=word)).sales.row(0, named=True)

    assert [sale[name] for name in optional] == [None] * 5
    assert (sale["artist_name"], sale["album_title"]) == (word, word)
    assert convert_rows(raw_row(amount_paid=word)).rejected["reason"].to_list() == ["bad_amount"]


def test_the_files_word_for_missing_numbers_is_no_country_and_no_slug_type_but_may_be_an_artist():
    row = raw_row(country="NA", country_code="NA", slug_type="NA", artist_name="NA")

    sale = convert_rows(row, content=Content(missing_word="NA")).sales.row(0, named=True)

    assert [sale[name] for name in ("country", "country_code", "slug_type", "artist_name")] == [None] * 3 + ["NA"]


@pytest.mark.parametrize("currency", ["eur", "Eur", "eUR"])
def test_codes_in_the_other_case_are_those_codes(currency: str):
    rows = [raw_row(item_type="P", slug_type="A", currency=currency), raw_row(1, slug_type="T")]

    first, second = convert_rows(*rows).sales.sort("source_row").rows(named=True)

    assert (first["item_type"], first["slug_type"], first["currency"]) == ("p", "a", "EUR")
    assert (second["item_type"], second["slug_type"], second["currency"]) == ("a", "T", "USD")


def test_columns_that_a_file_lacks_are_missing_values():
    body = csv_bytes([raw_row()], header=NEEDED_COLUMNS).split(b"\n", 1)[1]
    records = parse_records(body, list(NEEDED_COLUMNS))

    sales = convert(records, source_file="f00d", first_row=1, arrived_at=ARRIVED_AT).sales

    assert dict(sales.schema) == STAGED_SCHEMA
    sale = sales.row(0, named=True)
    assert sale.pop("_id") == ID, "it is made"
    assert {name for name, value in sale.items() if value is None} >= set(OPTIONAL_COLUMNS) - {"_id"}
