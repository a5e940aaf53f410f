"""What the page is made from: the marts as frames, where they come from, and how they stand.

Reads the warehouse and the catalog. What the page shows of it stands in `page`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from bandcamp_assets.report.dashboard.tables import MARTS
from bandcamp_assets.report.verdict import verdict
from bandcamp_assets.sources.raw_file import RawFile
from bandcamp_assets.state.ledger.ledger import Ledger
from bandcamp_assets.storage.warehouse import Warehouse


@dataclass(frozen=True)
class Provenance:
    """Where the page's data come from.

    Attributes:
        run_id: The run that made it.
        made_at: When (UTC).
        place: The warehouse, for people.
        files: The raw files whose rows count.
        ledger: Every layer, counted.
        assumptions: The vars of the dbt project, by name.
    """

    run_id: str
    made_at: datetime
    place: str
    files: Sequence[RawFile]
    ledger: Ledger
    assumptions: Mapping[str, object]

    @property
    def sources(self) -> str:
        """The data in a few words."""
        if any(file.synthetic for file in self.files):
            return "made-up sample sales"
        origins = [file.origin.partition(":")[0] for file in self.files]
        named = {
            "archive": "the published archive",
            "path": "files",
            "inbox": "dropped files",
            "feed": "the live feed",
        }
        return " and ".join(named.get(origin, origin) for origin in dict.fromkeys(origins)) or "no file"

    @property
    def verdict(self) -> str:
        """Whether every raw row is accounted for, as one sentence."""
        return verdict(self.ledger)


@dataclass(frozen=True)
class DashboardData:
    """The marts by name, and their provenance."""

    marts: Mapping[str, pl.DataFrame]
    provenance: Provenance


def read_marts(warehouse: Warehouse) -> dict[str, pl.DataFrame]:
    """Read every mart that the page needs, whole."""
    with warehouse.session():
        return {name: warehouse.read(name) for name in MARTS}
