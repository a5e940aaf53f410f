"""Raw files for tests, row by row: a good row to begin with, and what to change in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from bandcamp_assets.contract.sale import SOURCE_COLUMNS

HEADER = ("", *SOURCE_COLUMNS)
"""The archive's header; its first column, the row number, has no name."""

FIRST_SECOND = 1599688803.5175
"""2020-09-09 22:00:03.5175 UTC, the time of the first sale."""

SECONDS_A_DAY = 86_400


def raw_row(number: int = 0, **changes: str) -> dict[str, str]:
    """A good row, sold `number` seconds after the first sale, with some columns changed.

    Changing `utc_date` or `url` changes `_id` with it, unless `_id` is given too.
    """
    row = dict.fromkeys(HEADER, "")
    seconds = changes.get("utc_date", str(FIRST_SECOND + number))
    url = changes.get("url", f"//artist{number}.bandcamp.com/album/title-{number}")
    row |= {
        "": str(number),
        "_id": f"{seconds}&{url}",
        "art_url": "https://f4.bcbits.com/img/a0206405257_7.jpg",
        "item_type": "a",
        "utc_date": seconds,
        "country_code": "gb",
        "country": "United Kingdom",
        "slug_type": "a",
        "amount_paid_fmt": "$9.99",
        "item_price": "9.98999977111816",
        "item_description": "Title",
        "art_id": "206405257.0",
        "url": url,
        "amount_paid": "9.99",
        "artist_name": "Artist",
        "currency": "USD",
        "amount_paid_usd": "9.99",
    }
    return row | changes


def csv_bytes(rows: Iterable[Mapping[str, str]], *, header: Iterable[str] = HEADER) -> bytes:
    """Rows as the bytes of a CSV file."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(header), lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def write_csv(path: Path, rows: Iterable[Mapping[str, str]]) -> Path:
    """Rows as a CSV file."""
    path.write_bytes(csv_bytes(rows))
    return path


def days_of_sales(days: int, a_day: int = 20) -> list[dict[str, str]]:
    """Rows spread over some days, two of each day duplicates and one rejected."""
    rows = []
    for day in range(days):
        for number in range(a_day):
            item_type = "x" if number == 7 else "a"
            rows.append(raw_row(day * SECONDS_A_DAY + number % (a_day - 2), item_type=item_type))
    return rows


def two_days_of_sales() -> list[dict[str, str]]:
    """43 rows: 34 sales of 9.99 USD, 4 duplicates, 2 rejected rows, and 3 sales in EUR, 2 of them without USD."""
    euros = {"currency": "EUR", "amount_paid": "10.0", "item_price": "10.0", "amount_paid_usd": "11.83"}
    return [
        *days_of_sales(2),
        raw_row(500, **euros),
        raw_row(501, **euros | {"amount_paid_usd": ""}),
        raw_row(SECONDS_A_DAY + 500, **euros | {"amount_paid_usd": "", "amount_paid": "1234.5"}),
    ]
