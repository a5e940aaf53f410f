"""What the assets ask of a warehouse. Implementations stand beside this module."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any, Protocol

import polars as pl

from bandcamp_assets.storage.objects import StoredObject
from bandcamp_assets.storage.warehouse.figures import DayFigures
from bandcamp_assets.storage.warehouse.marks import Marks

SCHEMA = "bandcamp"
"""The schema of every table in DuckDB; BigQuery's dataset is called the same unless the settings differ."""


@dataclass(frozen=True)
class Replaced:
    """What replacing days came to.

    Attributes:
        figures: What the table holds of these days afterwards.
        day_metadata: What is worth showing of a day by name, such as the job that loaded it.
    """

    figures: Mapping[date, DayFigures]
    day_metadata: Mapping[date, Mapping[str, Any]] = field(default_factory=dict)


class Warehouse(Protocol):
    """A warehouse with the table `sales` and what dbt makes of it."""

    @property
    def place(self) -> str:
        """Where the tables lie, for people."""
        ...

    @property
    def keeps_marks(self) -> bool:
        """Whether the warehouse says of itself what its days were made from."""
        ...

    def verify(self) -> str:
        """See that the warehouse is there and can be written, before anything moves.

        Returns:
            What was found, in a few words.

        Raises:
            PlatformError: If not.
        """
        ...

    def access(self) -> AbstractContextManager[None]:
        """Hold the warehouse for this process while something else, such as dbt, opens it."""
        ...

    def session(self) -> AbstractContextManager[None]:
        """Keep the warehouse open for several questions in a row, where opening it takes time."""
        ...

    def relation(self, table: str) -> str:
        """A table's full name, as `query` understands it."""
        ...

    def replace_days(
        self, objects: Mapping[date, StoredObject | None], content: Mapping[date, str] = MappingProxyType({})
    ) -> Replaced:
        """Replace whole days of `sales`; no reader ever sees a part of a day.

        Args:
            objects: For each day the Parquet object to load, or None for a day without sales.
            content: What the days are made from, for their marks, where the warehouse keeps some.
        """
        ...

    def mark_days(self, table: str, content: Mapping[date, str]) -> None:
        """Say in the warehouse itself what days of a table were made from, where it keeps marks."""
        ...

    def mark_tables(self) -> None:
        """Say in the warehouse itself what the tables without days hold now, where it keeps marks."""
        ...

    def marks(self, *, deep: bool = False) -> Marks | None:
        """What the warehouse says of itself, compared with its tables; None where it says nothing.

        Args:
            deep: Read all rows, not only how many there are.
        """
        ...

    def changed_days(self, objects: Mapping[date, StoredObject | None]) -> set[date]:
        """The days on which `sales` holds other rows than these objects. Reads all of both."""
        ...

    def figures(self, table: str, days: Collection[date] | None = None) -> dict[date, DayFigures]:
        """Rows, delivered and estimated US dollars by day in a table; of all days where none are given.

        A table that is not there yet holds nothing.
        """
        ...

    def has(self, table: str) -> bool:
        """Whether a table is there, with rows or without."""
        ...

    def query(self, sql: str) -> pl.DataFrame:
        """Run a query that reads, and give its rows."""
        ...

    def head(self, table: str, rows: int) -> pl.DataFrame:
        """Some rows of a table, to look at; no columns where looking would cost as much as reading all of it."""
        ...

    def read(self, table: str) -> pl.DataFrame:
        """All rows of a small table, in no order that one may rely on."""
        ...

    def link(self, table: str) -> Mapping[str, Any]:
        """Where a person can look at a table: an address, by what to call it."""
        ...
