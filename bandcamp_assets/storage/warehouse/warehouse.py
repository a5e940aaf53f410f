"""The interface of a warehouse, as the assets use it. The implementations are beside this module."""

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
"""The schema of every table in DuckDB. BigQuery's dataset has the same name unless the settings differ."""


@dataclass(frozen=True)
class Replaced:
    """The result of replacing days.

    Attributes:
        figures: What the table holds of these days afterwards.
        day_metadata: Metadata to show for a day, such as the job that loaded it.
    """

    figures: Mapping[date, DayFigures]
    day_metadata: Mapping[date, Mapping[str, Any]] = field(default_factory=dict)


class Warehouse(Protocol):
    """A warehouse with the table `sales` and the tables that dbt builds from it."""

    @property
    def place(self) -> str:
        """The file or dataset of the tables, for people."""
        ...

    @property
    def keeps_marks(self) -> bool:
        """Whether the warehouse itself records what its days were made from."""
        ...

    def verify(self) -> str:
        """Check that the warehouse exists and can be written, before any data is moved.

        Returns:
            The findings, in a few words.

        Raises:
            PlatformError: If the warehouse cannot be used.
        """
        ...

    def access(self) -> AbstractContextManager[None]:
        """Lock the warehouse for this process while other code, such as dbt, opens it."""
        ...

    def session(self) -> AbstractContextManager[None]:
        """Keep the warehouse open for several queries in a row, if opening it takes time."""
        ...

    def relation(self, table: str) -> str:
        """A table's full name, as `query` understands it."""
        ...

    def replace_days(
        self, objects: Mapping[date, StoredObject | None], content: Mapping[date, str] = MappingProxyType({})
    ) -> Replaced:
        """Replace whole days of `sales`. No reader ever sees a part of a day.

        Args:
            objects: For each day the Parquet object to load, or None for a day without sales.
            content: What the days are made from, for their marks, if the warehouse keeps marks.
        """
        ...

    def mark_days(self, table: str, content: Mapping[date, str]) -> None:
        """Record in the warehouse what days of a table were made from, if it keeps marks."""
        ...

    def mark_tables(self) -> None:
        """Record in the warehouse what the tables without days hold now, if it keeps marks."""
        ...

    def marks(self, *, deep: bool = False) -> Marks | None:
        """The marks of the warehouse, compared with its tables; None if it has none.

        Args:
            deep: Read all rows, not only their number.
        """
        ...

    def changed_days(self, objects: Mapping[date, StoredObject | None]) -> set[date]:
        """The days on which the rows of `sales` differ from these objects. Reads all of both."""
        ...

    def figures(self, table: str, days: Collection[date] | None = None) -> dict[date, DayFigures]:
        """Rows, delivered and estimated US dollars by day in a table; of all days if none are given.

        A table that does not exist yet counts as empty.
        """
        ...

    def version(self, table: str) -> str:
        """A text that changes whenever a table does; empty if that cannot be told. Costs nothing."""
        ...

    def has(self, table: str) -> bool:
        """Whether a table exists, even if it is empty."""
        ...

    def query(self, sql: str) -> pl.DataFrame:
        """Run a query that reads. Returns its rows."""
        ...

    def head(self, table: str, rows: int) -> pl.DataFrame:
        """Some rows of a table, to look at. No columns if that would cost as much as reading the whole table."""
        ...

    def read(self, table: str) -> pl.DataFrame:
        """All rows of a small table, in no particular order."""
        ...

    def uri(self, table: str) -> str:
        """A table's address, for programs."""
        ...

    def link(self, table: str) -> Mapping[str, Any]:
        """A web page where a person can look at a table, by its label, if there is one."""
        ...
