"""What a warehouse says of itself: which content each day of a table was made from.

The marks lie in the warehouse and are written with what they are of. So a warehouse that is put back from a
backup, or whose tables somebody changed, is told from the one that the catalog describes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

DAILY_TABLES = ("sales", "fct_sales")
"""The tables with a mark for each day; all others have one for the whole."""


@dataclass(frozen=True)
class Marks:
    """The marks of a warehouse, compared with its tables.

    Attributes:
        content: What each day of a table was made from, by table and day.
        changed_days: Days whose rows are others than when they were marked, by table. Only looked for if asked to.
        changed_tables: Tables that are gone, or hold other rows than when they were marked.
    """

    content: Mapping[str, Mapping[date, str]] = field(default_factory=dict)
    changed_days: Mapping[str, Collection[date]] = field(default_factory=dict)
    changed_tables: Collection[str] = ()
