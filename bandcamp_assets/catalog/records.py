"""The records of the catalog. Plain values: how they are stored stands in `catalog`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class Layer(StrEnum):
    """The layers that hold a day, in the order of the data's flow."""

    CLEANED = "cleaned_sales"
    OBJECTS = "sales_objects"
    WAREHOUSE = "sales"
    FACT = "fct_sales"


class Part(StrEnum):
    """What is built whole, without days."""

    REFERENCE = "reference"
    MARTS = "marts"
    LEDGER = "ledger"
    DASHBOARD = "dashboard"
    DOCS = "docs"
    MARKS = "warehouse_marks"


@dataclass(frozen=True)
class RawFile:
    """One raw file as delivered.

    Attributes:
        file_id: The first 16 hexadecimal digits of its SHA-256. Equal bytes are one file.
        name: Its name as delivered.
        stored_as: Its place below the landing folder.
        origin: Where it came from: `sample:…`, `archive:…`, `path:…`, `inbox:…` or `feed:…`; `found:…` where a
            catalog was made anew and no manifest said it.
        made_up: Whether its sales are generated. Made-up and real sales never share a home.
        size: Bytes.
        sha256: Checksum of the bytes as delivered.
        arrived_at: When it arrived (UTC).
        arrival: Its place in the order of arrival, from 1; 0 while it is not recorded.
        withdrawn_at: When a corrected delivery took its place, or when it was refused as a correction (UTC); None
            as long as its rows count.
    """

    file_id: str
    name: str
    stored_as: str
    origin: str
    made_up: bool
    size: int
    sha256: str
    arrived_at: datetime
    arrival: int = 0
    withdrawn_at: datetime | None = None


@dataclass(frozen=True)
class Delivery:
    """A file in an inbox, as it was when it was last handled.

    Attributes:
        inbox: The inbox it lies in.
        name: Its name there.
        size: Bytes.
        version: What changes whenever the file does.
        file_id: The raw file that it became; of a refused file, what an earlier one of that name became, or empty.
        refused: Why it was refused, as a person is told; empty if it was not.
        refused_file_id: The raw file that was refused as a correction; empty where no raw file came of it.
        before: The raw files that the name stood for before, the latest last, until `file_id` is judged; and of
            each whether its rows are to go then.
    """

    inbox: str
    name: str
    size: int
    version: str
    file_id: str = ""
    refused: str = ""
    refused_file_id: str = ""
    before: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True)
class StagedDay:
    """What one raw file brought for one day, measured from the staged Parquet file."""

    sale_date: date
    rows: int
    amount_paid_usd: Decimal


@dataclass(frozen=True)
class StagedFile:
    """What became of one raw file.

    Attributes:
        file_id: The raw file.
        contract: Version of the contract and the rules it was staged under.
        raw_rows: Records in the file, counted while reading.
        rejected: Rejected rows by reason.
        days: Staged rows by day.
        seconds: How long it took.
        rounded_amounts: Amounts of sales that had more decimals than their currency. Not recorded: the run that
            staged the file says it.
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
        inputs: Fingerprint of the staged files it was made from.
        rows: Sales in its Parquet file.
        duplicates: Rows set apart as duplicates.
        sha256: Checksum of its Parquet file; empty for a day without sales.
    """

    sale_date: date
    inputs: str
    rows: int
    duplicates: int
    sha256: str
