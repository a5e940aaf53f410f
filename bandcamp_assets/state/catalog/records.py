"""Records that only the catalog keeps. Plain values: how they are stored stands in `catalog`."""

from __future__ import annotations

from dataclasses import dataclass
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
