"""The keys of objects. No other module builds or reads a key."""

from __future__ import annotations

import os
import re
from datetime import date

SALES = "sales/"
"""The prefix of the cleaned days."""

RAW = "raw/"
"""The prefix of the raw files as delivered."""

_DAY = re.compile(r"sales/sale_date=(\d{4}-\d{2}-\d{2})/")


def day_prefix(day: date | str) -> str:
    """The prefix of all keys of one day."""
    return f"{SALES}sale_date={day}/"


def common_prefix(days: list[date]) -> str:
    """The longest common prefix of all keys of these days."""
    prefixes = [day_prefix(day) for day in sorted(days)]
    # By characters, not by path parts: days of one month share most of their key.
    return os.path.commonprefix([prefixes[0], prefixes[-1]])  # noqa: RUF071


def sales_key(day: date | str) -> str:
    """The key of one day's sales."""
    return f"{day_prefix(day)}sales.parquet"


def raw_key(file_id: str, name: str) -> str:
    """The key of one raw file."""
    return f"{RAW}{file_id}/{name}"


def days_among(keys: list[str]) -> set[date]:
    """The days of some keys."""
    return {date.fromisoformat(match.group(1)) for key in keys if (match := _DAY.match(key))}
