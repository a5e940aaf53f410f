"""The keys of objects. The only place that knows what they are called."""

from __future__ import annotations

import os
import re
from datetime import date

SALES = "sales/"
"""Below it lie the clean days."""

RAW = "raw/"
"""Below it lie the raw files as they were delivered."""

_DAY = re.compile(r"sales/sale_date=(\d{4}-\d{2}-\d{2})/")


def day_prefix(day: date | str) -> str:
    """What all keys of one day begin with."""
    return f"{SALES}sale_date={day}/"


def common_prefix(days: list[date]) -> str:
    """The longest text that all keys of these days begin with, and the fewest others do."""
    prefixes = [day_prefix(day) for day in sorted(days)]
    # Character by character: days of one month share most of their key.
    return os.path.commonprefix([prefixes[0], prefixes[-1]])  # noqa: RUF071


def sales_key(day: date | str) -> str:
    """The key of one day's sales."""
    return f"{day_prefix(day)}sales.parquet"


def raw_key(file_id: str, name: str) -> str:
    """The key of one raw file."""
    return f"{RAW}{file_id}/{name}"


def days_among(keys: list[str]) -> set[date]:
    """The days that some keys belong to."""
    return {date.fromisoformat(match.group(1)) for key in keys if (match := _DAY.match(key))}
