"""The counted results of staging and cleaning, as plain values that the caller records."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class StagedDay:
    """What one raw file holds for one day, measured from the staged Parquet file."""

    sale_date: date
    rows: int
    amount_paid_usd: Decimal


@dataclass(frozen=True)
class StagedFile:
    """The result of staging one raw file.

    Attributes:
        file_id: The raw file.
        contract: Version of the contract and its rules.
        raw_rows: Records in the file, counted while reading.
        rejected: Rejected rows by reason.
        days: Staged rows by day.
        seconds: How long staging took.
        rounded_amounts: Amounts of sales that had more decimals than their currency. It is not recorded; the
            run that staged the file reports it.
    """

    file_id: str
    contract: str
    raw_rows: int
    rejected: dict[str, int] = field(default_factory=dict)
    days: list[StagedDay] = field(default_factory=list)
    seconds: float = 0.0
    rounded_amounts: int = field(default=0, compare=False)


@dataclass(frozen=True)
class CleanedDay:
    """One day of the lake.

    Attributes:
        sale_date: The day (UTC).
        inputs: Fingerprint of the staged files that it was made from.
        rows: Sales in its Parquet file.
        duplicates: Rows that repeat a sale.
        sha256: Checksum of its Parquet file; empty for a day without sales.
    """

    sale_date: date
    inputs: str
    rows: int
    duplicates: int
    sha256: str
