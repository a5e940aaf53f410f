"""Records that only the catalog keeps, as plain values. `catalog` stores them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bandcamp_assets.storage.warehouse import marks


class Layer(StrEnum):
    """The layers that hold a day, in the order of the data's flow."""

    CLEANED = "cleaned_sales"
    OBJECTS = "sales_objects"
    WAREHOUSE = "sales"
    LOADS = "sales/loads"
    """Days that were loaded and are not in the fact yet, in a warehouse that keeps no marks of them."""
    FACT = marks.FACT
    TABLES = f"tables/{marks.FACT}"


class Part(StrEnum):
    """What is built as a whole, not by day."""

    REFERENCE = "reference"
    MARTS = "marts"
    LEDGER = "ledger"
    DASHBOARD = "dashboard"
    DOCS = "docs"
    TABLES = "tables"
    MARKS = "warehouse_marks"
    ARCHIVE = "archive"


@dataclass(frozen=True)
class Delivery:
    """A file in an inbox, as it was when it was last handled.

    Attributes:
        inbox: The inbox.
        name: Its name there.
        size: Bytes.
        version: A text that changes whenever the file does.
        file_id: The raw file that it became. If it was refused: the raw file of the earlier delivery, or empty.
        refused: Why it was refused, in words for people; empty if it was not.
        refused_file_id: The raw file that was refused as a correction; empty if there is none.
        before: The raw files that the name stood for earlier, the latest last, until `file_id` is judged. With
            each, whether its rows are withdrawn then.
    """

    inbox: str
    name: str
    size: int
    version: str
    file_id: str = ""
    refused: str = ""
    refused_file_id: str = ""
    before: tuple[tuple[str, bool], ...] = ()
