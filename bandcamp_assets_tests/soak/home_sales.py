"""The deliveries of the home that is hurt, and what its table must hold: read from the CSV by Python alone."""

from __future__ import annotations

import csv
import os
import time
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from pathlib import Path

from bandcamp_assets_tests.raw_files import FIRST_SECOND, HEADER, csv_bytes, raw_row

Row = tuple[str, str, str, Decimal]
"""`_id`, artist, currency, amount in US dollars."""

A_DAY = 86_400


def deliveries() -> list[dict[str, bytes]]:
    """Files by name, as they are dropped one after the other: the second time `a.csv` is a correction."""
    first = [*_sales(range(60), "Artist"), *_broken(900)]
    first += first[:3]  # duplicates
    corrected = [*_sales(range(60), "Corrected"), *_sales(range(60, 66), "Late"), *_broken(910)]
    corrected += corrected[:4]
    more = [*_sales(range(100, 150), "Other"), *_sales(range(60, 63), "Late"), *_broken(920)]
    return [
        {"a.csv": csv_bytes(first), "c.csv": csv_bytes(_sales(range(200, 215), "Constant"))},
        {"a.csv": csv_bytes(corrected), "b.csv": csv_bytes(more)},
    ]


def _sales(numbers: Iterable[int], artist: str) -> list[dict[str, str]]:
    """Good rows, a third of them on each of three days."""
    return [
        raw_row(
            number,
            utc_date=f"{FIRST_SECOND + number + (number % 3) * A_DAY:.4f}",
            artist_name=f"{artist} {number}",
            amount_paid=f"{number % 17 + 1}.25",
            amount_paid_usd=f"{number % 17 + 1}.25",
            item_price="1.0",
        )
        for number in numbers
    ]


def _broken(number: int) -> list[dict[str, str]]:
    return [raw_row(number, currency="ZZZ"), raw_row(number + 1, amount_paid_usd="much")]


def drop(home: Path, files: dict[str, bytes]) -> None:
    """Put files into the inbox as if they had lain there for an hour."""
    inbox = home / "inbox"
    inbox.mkdir(parents=True, exist_ok=True)
    for name, body in files.items():
        (inbox / name).write_bytes(body)
        past = time.time() - 3600
        os.utime(inbox / name, (past, past))


def expected(files: Iterable[bytes]) -> list[Row]:
    """The rows of `fct_sales` that these files make: each `_id` once, without the broken rows."""
    rows: dict[str, Row] = {}
    for body in files:
        reader = csv.DictReader(body.decode().splitlines(), strict=True)
        assert reader.fieldnames == list(HEADER)
        for row in reader:
            if row["currency"] in ("USD", "EUR", "GBP") and _is_amount(row["amount_paid_usd"]):
                sale = (row["_id"], row["artist_name"], row["currency"], Decimal(row["amount_paid_usd"]))
                rows.setdefault(row["_id"], sale)
    return sorted(rows.values())


def _is_amount(text: str) -> bool:
    try:
        return Decimal(text) >= 0
    except InvalidOperation:
        return False
