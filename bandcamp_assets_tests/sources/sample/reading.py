"""A second, slow reader of samples, with Python's csv module and plain rules, and no code of the lake."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from bandcamp_assets.contract.codes import currencies
from bandcamp_assets.contract.rejection import RejectionReason

Record = dict[str, str]
_FIRST_SECOND = datetime(2020, 9, 9, tzinfo=UTC).timestamp()
_LAST_SECOND = datetime(2021, 1, 1, tzinfo=UTC).timestamp()


@dataclass(frozen=True)
class Read:
    """One record: its raw bytes, and its fields if it is not malformed."""

    raw: bytes
    fields: Record | None


def read_file(path: Path) -> list[Read]:
    """Read all records after the header."""
    header, *lines = path.read_bytes().split(b"\n")[:-1]
    columns = header.decode().split(",")
    return list(_records(lines, columns))


def _records(lines: list[bytes], columns: list[str]) -> Iterator[Read]:
    at = 0
    while at < len(lines):
        fields = _parse(lines[at], columns)
        taken = 1
        if fields is None and at + 1 < len(lines) and _parse(lines[at + 1], columns) is None:
            fields = _parse(lines[at] + b"\n" + lines[at + 1], columns)
            taken = 2 if fields is not None else 1
        yield Read(b"\n".join(lines[at : at + taken]), fields)
        at += taken


def _parse(raw: bytes, columns: list[str]) -> Record | None:
    try:
        text = raw.removesuffix(b"\r").decode()
        parsed = list(csv.reader(text.splitlines(keepends=True), strict=True)) if "\0" not in text else []
    except (UnicodeDecodeError, csv.Error):
        return None
    if len(parsed) != 1 or len(parsed[0]) != len(columns):
        return None
    return dict(zip(columns, parsed[0], strict=True))


def reason_of(record: Read) -> RejectionReason | None:
    """Why a record is not a sale: the first rule that it breaks."""
    fields = record.fields
    if fields is None:
        return RejectionReason.MALFORMED_ROW
    return next((reason for reason in RejectionReason if _breaks(fields, reason)), None)


def broken_rules(fields: Record) -> list[RejectionReason]:
    """All rules that a record breaks. A row without a time cannot be compared with its `_id`."""
    return [reason for reason in RejectionReason if _breaks(fields, reason)]


def _breaks(fields: Record, reason: RejectionReason) -> bool:
    seconds = _number(fields["utc_date"])
    match reason:
        case RejectionReason.MALFORMED_ROW:
            return False
        case RejectionReason.MISSING_ID:
            return not fields["_id"]
        case RejectionReason.BAD_TIMESTAMP:
            return seconds is None or not _FIRST_SECOND <= seconds <= _LAST_SECOND
        case RejectionReason.ID_MISMATCH:
            in_id = _number(fields["_id"].partition("&")[0])
            return None not in (seconds, in_id) and abs((in_id or 0) - (seconds or 0)) > 1.1e-5
        case RejectionReason.UNKNOWN_ITEM_TYPE:
            return fields["item_type"] not in ("a", "t", "p", "b")
        case RejectionReason.BAD_AMOUNT:
            needed = [fields["item_price"], fields["amount_paid"]]
            given = [text for text in (*needed, fields["amount_paid_usd"]) if text]
            return not all(needed) or not all(_is_amount(text) for text in given)
        case RejectionReason.UNKNOWN_CURRENCY:
            return fields["currency"] not in currencies()
        case RejectionReason.BAD_NUMBER:
            names = ("art_id", "releases", "package_image_id", "addl_count")
            return any(fields[name] and not _is_whole(fields[name]) for name in names)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _is_amount(text: str) -> bool:
    number = _number(text)
    return number is not None and math.isfinite(number) and 0 <= number < 1e10


def _is_whole(text: str) -> bool:
    number = _number(text)
    return number is not None and number.is_integer()


def usd_of(fields: Record) -> Decimal | None:
    """The delivered amount in US dollars."""
    return Decimal(fields["amount_paid_usd"]) if fields["amount_paid_usd"] else None


def dirt_of(record: Read) -> list[str]:
    """Which kinds of the sample's dirt a sale has, judged by the file alone."""
    fields = record.fields or {}
    artist, title, country = fields["artist_name"], fields["item_description"], fields["country"]
    seen = {
        "missing_country": not country and not fields["country_code"],
        "missing_album_title": fields["item_type"] == "p"
        and fields["slug_type"] == "a"
        and not fields["album_title"],
        "missing_item_description": not title,
        "missing_amount_paid_usd": not fields["amount_paid_usd"],
        "multi_line_record": "\n" in title,
        "crlf_line_end": record.raw.endswith(b"\r"),
        "html_artist": "<" in artist,
        "sql_artist": "DROP TABLE" in artist,
        "formula_title": title.startswith("="),
        "artist_called_none": artist == "None",
        "artist_called_na": artist == "NA",
        "artist_called_null": artist == "null",
        "zero_width_space": "\u200b" in artist,
        "left_to_right_mark": "\u200e" in artist,
        f"bare_country_code_{country.lower()}": len(country) == 2,
    }
    return [name for name, shown in seen.items() if shown]
