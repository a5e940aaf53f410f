"""Selections: the parts of the graph from which runs are put together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import dagster as dg

FEED: Final = dg.AssetSelection.assets("feed_pages")
"""The live feed. A run polls it only if its configuration says so."""

FILES: Final = "raw_sales", "raw_objects", "staged_sales", "rejected_sales"

LANDING: Final = FEED | dg.AssetSelection.assets(*FILES)
"""What is not partitioned yet. The days of a file are known only once it is read."""

BY_DAY: Final = dg.AssetSelection.assets(
    "cleaned_sales", "duplicate_sales", "sales_objects", "sales"
) | dg.AssetSelection.tag("daily", "")
"""What is partitioned by day: the lake's days, their objects, the table, and the models that dbt builds by day."""

AFTER_DAYS: Final = BY_DAY.downstream() - BY_DAY
"""What comes after the days: the marts and the report."""

REPORT: Final = AFTER_DAYS - dg.AssetSelection.tag("marts", "")
"""What is made of the tables: ledger, pages and data package."""

REFERENCE: Final = dg.AssetSelection.all() - LANDING - BY_DAY - AFTER_DAYS
"""What the days need: seeds, and the dimensions made from them. Not partitioned."""


@dataclass(frozen=True)
class Parts:
    """The assets of the parts after landing, in one graph."""

    reference: frozenset[dg.AssetKey]
    days: frozenset[dg.AssetKey]
    after_days: frozenset[dg.AssetKey]
    report: frozenset[dg.AssetKey]

    @classmethod
    def of(cls, graph: dg.AssetGraph) -> Parts:
        """Find the parts in a graph."""
        every = graph.executable_asset_keys
        return cls(
            *(frozenset(part.resolve(graph) & every) for part in (REFERENCE, BY_DAY, AFTER_DAYS, REPORT)),
        )
