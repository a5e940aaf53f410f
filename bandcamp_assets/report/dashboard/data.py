"""The input of the page: the marts as frames, their provenance, and whether every row is accounted for.

Reads the warehouse and the catalog. `page` shows it.
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
    """The provenance of the page's data.

    Attributes:
        run_id: The run that made the page.
        made_at: When it was made (UTC).
        place: The warehouse, for people.
        files: The raw files whose rows count.
        ledger: The counts of every layer.
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
        """The sources of the data, in a few words."""
        if any(file.synthetic for file in self.files):
            return "synthetic sample sales"
        origins = [file.origin.partition(":")[0] for file in self.files]
        named = {
            "archive": "the published archive",
            "path": "files",
            "inbox": "delivered files",
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
    """Read all rows of every mart that the page needs."""
    with warehouse.session():
        return {name: warehouse.read(name) for name in MARTS}
