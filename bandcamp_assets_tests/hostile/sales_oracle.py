"""Reads a file of sales with Python's `csv` in strict mode, `decimal`, and the rules of every column.

This second reader shares no code with the product. If the rules do not decide whether an unusual spelling is a
number, a rejected row is right too, but another value is never right.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, localcontext

from bandcamp_assets_tests.hostile.sales_files import AMOUNTS, COLUMNS, WHOLE

_RECORD = re.compile(r'(?:"(?:[^"]|"")*"|[^",\r\n]*)(?:,(?:"(?:[^"]|"")*"|[^",\r\n]*))*(?:\r?\n|\r)?')
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_CLEAR_NUMBER = re.compile(r"\+?\d{1,24}(\.\d{1,24})?([eE][+-]?\d{1,2})?", re.ASCII)
_FIRST_DAY = datetime(2020, 9, 9, tzinfo=UTC)
_MINOR_UNITS = {"USD": 2, "EUR": 2, "GBP": 2, "CAD": 2, "AUD": 2, "JPY": 0}
_SURE_AMOUNT, _SURELY_TOO_MUCH = Decimal(10) ** 7, Decimal(10) ** 16
_SURE_COUNT, _SURELY_TOO_MANY = 10**6, 2**63
_SURE_WHOLE = 2**53 - 1
_MISSING = ("", "na", "n/a", "#n/a", "<na>", "null", "none", "nan", "\\n", "-")
_EXACT = Context(prec=1200)


@dataclass
class Verdict:
    """The right result for a record.

    Attributes:
        values: The values of its columns if it is a sale.
        broken: Reasons for which it must be rejected; any of them may be reported.
        doubtful: Reasons for which it may be rejected.
    """

    values: dict[str, object] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    doubtful: set[str] = field(default_factory=set)


def judge_file(content: bytes, arrived_at: datetime, *, well_quoted: bool, max_record: int) -> list[Verdict]:
    """Judge every record after the header, in order."""
    text = content.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    header, *records = _read_strictly(text) if well_quoted else _read_on_after_faults(text)
    names, _ = header
    assert names is not None
    return [_judge(raw, fields, names, arrived_at, max_record) for fields, raw in records]


Read = tuple[list[str] | None, str]
"""The fields of a record, None if it is broken, and its text."""


def _read_strictly(text: str) -> Iterator[Read]:
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    reader = csv.reader(lines, strict=True)
    done = 0
    for fields in reader:
        if fields:
            yield fields, "".join(lines[done : reader.line_num])
        done = reader.line_num


def _read_on_after_faults(text: str) -> Iterator[Read]:
    """Each record by the strict reader. If that fails, the line is a record, and reading continues at the next."""
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    at = 0
    while at < len(lines):
        reader = csv.reader(lines[at:], strict=True)
        try:
            fields: list[str] | None = next(reader)
            taken = reader.line_num
        except csv.Error:
            fields, taken = None, 1
        raw = "".join(lines[at : at + taken])
        # In a field without quotes, this reader accepts a quote as text, which RFC 4180 does not.
        if fields is not None and not _RECORD.fullmatch(raw):
            fields, taken, raw = None, 1, lines[at]
        if fields != [] and raw.strip("\r\n"):
            yield fields, raw
        at += taken


def _judge(raw: str, fields: list[str] | None, names: list[str], arrived_at: datetime, max_record: int) -> Verdict:
    text = raw.removesuffix("\n").removesuffix("\r").replace("\r\n", "\n")
    size = len(text.encode("utf-8", "surrogateescape"))
    if fields is None or len(fields) != len(names) or "\0" in raw or size > max_record or not _is_utf8(raw):
        return Verdict(broken={"malformed_row"})
    row = {name: value.replace("\r\n", "\n") for name, value in zip(names, fields, strict=True) if name in COLUMNS}
    verdict = Verdict()
    with localcontext(_EXACT):
        _judge_texts(row, verdict)
        _judge_key(row, verdict, arrived_at)
        _judge_amounts(row, verdict)
        _judge_whole_numbers(row, verdict)
    return verdict


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _judge_texts(row: dict[str, str], verdict: Verdict) -> None:
    texts = set(COLUMNS) - {"_id", "utc_date", *AMOUNTS, *WHOLE}
    if row["item_type"] in ("A", "T", "P", "B"):
        row |= {name: row[name].lower() for name in ("item_type", "slug_type")}
    if row["currency"].isascii() and row["currency"].upper() in _MINOR_UNITS:
        row["currency"] = row["currency"].upper()
    verdict.values |= {name: row[name] or None for name in texts}
    if row["item_type"] not in ("a", "t", "p", "b"):
        verdict.broken.add("unknown_item_type")
    if row["currency"] not in _MINOR_UNITS:
        verdict.broken.add("unknown_currency")


def _number(text: str) -> tuple[Decimal | None, bool]:
    """The number, if the text can be one, and whether its spelling is unambiguous."""
    stripped = text.strip(" ")
    if not _NUMBER.fullmatch(stripped):
        return None, False
    return Decimal(stripped), bool(_CLEAR_NUMBER.fullmatch(text))


def _judge_key(row: dict[str, str], verdict: Verdict, arrived_at: datetime) -> None:
    """Judge the key: the time to five decimals and the URL. The time in the key is that of the sale."""
    spelt, url = row["_id"].partition("&")[::2]
    in_key, clear = _number(spelt)
    delivered, clear_too = _number(row["utc_date"])
    if not row["_id"]:
        verdict.broken.add("missing_id")
    if in_key is None or delivered is None or "&" not in row["_id"]:
        verdict.broken |= {"id_mismatch", "bad_timestamp"}
        return
    if not (clear and clear_too):
        verdict.doubtful |= {"id_mismatch", "bad_timestamp"}
    unit = Decimal(1).scaleb(delivered.as_tuple().exponent)  # type: ignore[arg-type] # it is finite
    if url != row["url"] or abs(in_key - delivered) > max(Decimal("0.00001"), unit):
        verdict.broken.add("id_mismatch")
    seconds = in_key.quantize(Decimal("0.00001"), ROUND_HALF_EVEN)
    times = [datetime.fromtimestamp(0, UTC) + timedelta(seconds=min(int(s), 10**10)) for s in (in_key, delivered)]
    outside = [not _FIRST_DAY <= time <= arrived_at + timedelta(days=1) for time in times]
    if any(outside):
        (verdict.broken if outside[0] else verdict.doubtful).add("bad_timestamp")
    sold_at = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=min(int(seconds * 10**6), 10**16))
    verdict.values |= {
        "_id": f"{format(seconds.normalize(), 'f')}&{url}",
        "sold_at": sold_at,
        "sale_date": sold_at.date(),
        "utc_date": float(delivered),
    }


def _judge_amounts(row: dict[str, str], verdict: Verdict) -> None:
    for name in AMOUNTS:
        amount, clear = _number(row[name])
        if row[name].lower() in _MISSING and name == "amount_paid_usd":
            verdict.values[name] = None
        elif amount is None or amount < 0 or amount >= _SURELY_TOO_MUCH:
            verdict.broken.add("bad_amount")
        else:
            places = 2 if name == "amount_paid_usd" else _MINOR_UNITS.get(row["currency"], 2)
            verdict.values[name] = amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
            if not clear or amount > _SURE_AMOUNT:
                verdict.doubtful.add("bad_amount")


def _judge_whole_numbers(row: dict[str, str], verdict: Verdict) -> None:
    for name in WHOLE:
        number, clear = _number(row[name])
        if row[name].lower() in _MISSING:
            verdict.values[name] = None
        elif number is None or number < 0 or number != number.to_integral_value() or number >= _SURELY_TOO_MANY:
            verdict.broken.add("bad_number")
        else:
            verdict.values[name] = int(number)
            if not clear or number > (_SURE_COUNT if name == "addl_count" else _SURE_WHOLE):
                verdict.doubtful.add("bad_number")
    count = verdict.values.get("addl_count", 0)
    verdict.values["quantity"] = 1 + (count if isinstance(count, int) else 0)
