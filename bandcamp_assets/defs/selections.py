"""The parts of the graph that runs are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import dagster as dg

FEED: Final = dg.AssetSelection.assets("feed_pages")
"""The live feed. A run polls it only where its configuration says so."""

FILES: Final = "raw_sales", "raw_objects", "staged_sales", "rejected_sales"

LANDING: Final = FEED | dg.AssetSelection.assets(*FILES)
"""What has no days yet: which days there are is known only once the files are read."""

BY_DAY: Final = dg.AssetSelection.assets(
    "cleaned_sales", "duplicate_sales", "sales_objects", "sales"
) | dg.AssetSelection.tag("daily", "")
"""What has days: the lake's days, their objects, the table, and the models that dbt builds by day."""

AFTER_DAYS: Final = BY_DAY.downstream() - BY_DAY
"""What comes after the days: the marts and the report."""

REFERENCE: Final = dg.AssetSelection.all() - LANDING - BY_DAY - AFTER_DAYS
"""What has no days and days need: seeds and the dimensions made of them."""


@dataclass(frozen=True)
class Parts:
    """The assets of the parts behind landing, in one graph."""

    reference: frozenset[dg.AssetKey]
    days: frozenset[dg.AssetKey]
    after_days: frozenset[dg.AssetKey]

    @classmethod
    def of(cls, graph: dg.AssetGraph) -> Parts:
        """Find them in a whole graph."""
        every = graph.executable_asset_keys
        return cls(
            *(frozenset(part.resolve(graph) & every) for part in (REFERENCE, BY_DAY, AFTER_DAYS)),
        )
