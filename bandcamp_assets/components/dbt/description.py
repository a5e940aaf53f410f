"""Metadata of a dbt model beside its schema and counts: the first rows, and for one model a plot."""

from __future__ import annotations

from typing import Protocol

import dagster as dg
import polars as pl

from bandcamp_assets.components.metadata import PREVIEW_ROWS, preview
from bandcamp_assets.report.plot import usd_per_day


class Queries(Protocol):
    """The part of a warehouse that is needed here."""

    def relation(self, table: str) -> str:
        """A table's full name."""
        ...

    def head(self, table: str, rows: int) -> pl.DataFrame:
        """Some rows of a table. No columns if that would cost as much as reading the whole table."""
        ...

    def query(self, sql: str) -> pl.DataFrame:
        """Run a query that reads."""
        ...


def describe_model(name: str, warehouse: Queries) -> dict[str, dg.MetadataValue]:
    """Preview a model or seed. `daily_sales` also gets a plot of US dollars per day."""
    rows = warehouse.head(name, PREVIEW_ROWS)
    shown: dict[str, dg.MetadataValue] = {"preview": preview(rows)} if rows.width else {}
    if name == "daily_sales":
        days = warehouse.query(f"select sale_date, revenue_usd from {warehouse.relation(name)}")  # noqa: S608 - dbt's names
        shown["usd_per_day"] = dg.MetadataValue.md(usd_per_day(dict(days.iter_rows())))
    return shown
