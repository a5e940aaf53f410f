"""Marks: a warehouse's own records of what each day of a table was made from.

Marks are in the warehouse and are written together with the rows. So a warehouse from a backup, or one whose
tables somebody changed, is distinguished from the one that the catalog describes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

FACT = "fct_sales"
"""The table of sales that all others are made of."""

BESIDE_THE_FACT = ("usd_rates", "sales_by_hour", "sales_by_segment", "sales_by_price")
"""The other tables that dbt builds by day, always together with the fact."""

DAILY_TABLES = ("sales", FACT, *BESIDE_THE_FACT)
"""The tables with a mark for each day. All others have one mark for the whole table."""


@dataclass(frozen=True)
class Marks:
    """The marks of a warehouse, compared with its tables.

    Attributes:
        content: What each day of `sales` and of the fact was made from, by table and day.
        changed_days: Days whose rows changed after they were marked, by table: rows only on request, tables that
            are gone always.
        changed_tables: Tables that are gone, or whose rows changed after they were marked.
    """

    content: Mapping[str, Mapping[date, str]] = field(default_factory=dict)
    changed_days: Mapping[str, Collection[date]] = field(default_factory=dict)
    changed_tables: Collection[str] = ()
