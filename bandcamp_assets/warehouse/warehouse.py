"""What the assets ask of a warehouse. Implementations stand beside this module."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import Protocol

import polars as pl

from bandcamp_assets.warehouse.figures import DayFigures

SCHEMA = "bandcamp"
"""The schema (in BigQuery: dataset) of every table."""


class Warehouse(Protocol):
    """A warehouse with the table `bandcamp.sales` and what dbt makes of it."""

    def access(self) -> AbstractContextManager[None]:
        """Hold the warehouse for this process while something else, such as dbt, opens it."""
        ...

    def replace_days(self, objects: Mapping[date, Path | None]) -> dict[date, DayFigures]:
        """Replace whole days of `bandcamp.sales`; no reader ever sees a part of a day.

        Args:
            objects: For each day the Parquet object to load, or None for a day without sales.

        Returns:
            What the table holds of these days afterwards.
        """
        ...

    def figures(self, table: str, days: Collection[date] | None = None) -> dict[date, DayFigures]:
        """Rows and delivered US dollars by day in a table; of all days where none are given.

        A table that is not there yet holds nothing.
        """
        ...

    def query(self, sql: str) -> pl.DataFrame:
        """Run a query that reads, and give its rows."""
        ...
