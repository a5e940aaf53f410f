"""Metadata of a dbt model beside its schema and counts: the first rows, a plot, and texts that name no country."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

import dagster as dg
import polars as pl

from bandcamp_assets.components.metadata import PREVIEW_ROWS, preview, table
from bandcamp_assets.report.plot import usd_per_day

UNKNOWN_COUNTRIES_SHOWN = 100


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


def describe_model(name: str, warehouse: Queries, days: Sequence[date] = ()) -> dict[str, dg.MetadataValue]:
    """Preview a model or seed.

    `daily_sales` also gets a plot of US dollars per day, and `stg_sales` the texts that name no country.

    Args:
        name: The model or seed.
        warehouse: Where it is.
        days: The days that the run built, if it built days.
    """
    rows = warehouse.head(name, PREVIEW_ROWS)
    shown: dict[str, dg.MetadataValue] = {"preview": preview(rows)} if rows.width else {}
    if name == "daily_sales":
        revenues = warehouse.query(f"select sale_date, revenue_usd from {warehouse.relation(name)}")  # noqa: S608 - dbt's names
        shown["usd_per_day"] = dg.MetadataValue.md(usd_per_day(dict(revenues.iter_rows())))
    if name == "stg_sales" and days:
        shown["unknown_countries"] = table(_unknown_countries(warehouse, days))
    return shown


def _unknown_countries(warehouse: Queries, days: Sequence[date]) -> pl.DataFrame:
    """The codes and texts of buyers' countries that end as Unknown, with their sales, most first."""
    return warehouse.query(
        f"""
        select delivered_country_code, delivered_country, count(*) as sales
        from {warehouse.relation("stg_sales")}
        where country = 'Unknown' and sale_date between date '{min(days)}' and date '{max(days)}'
        group by delivered_country_code, delivered_country
        order by sales desc, delivered_country, delivered_country_code
        limit {UNKNOWN_COUNTRIES_SHOWN}
        """  # noqa: S608 - dbt's names and dates
    )
