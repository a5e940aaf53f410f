"""The ledger: every layer side by side, day by day, and whether they agree."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial

import polars as pl

from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets.state.integrity.reading import noting_damage
from bandcamp_assets.state.ledger.compare import total
from bandcamp_assets.state.ledger.counting import Counts
from bandcamp_assets.state.ledger.measure import (
    cleaned_figures,
    duplicate_figures,
    object_figures,
    rejected_rows,
    staged_figures,
)
from bandcamp_assets.storage.objects import ObjectStore, days_among
from bandcamp_assets.storage.objects.keys import SALES
from bandcamp_assets.storage.warehouse import DayFigures, Warehouse
from bandcamp_assets.storage.warehouse.marks import FACT
from bandcamp_assets.system.home import Home

LAYERS = ("staged", "duplicates", "cleaned", "objects", "sales", FACT)

Layers = Mapping[str, Mapping[date, DayFigures]]


@dataclass(frozen=True)
class Ledger:
    """All layers counted at one time.

    Attributes:
        raw_rows: Records in all raw files that are staged.
        rejected: Rejected rows by reason.
        rejected_measured: Rejected rows counted in the lake.
        layers: Figures by layer (`LAYERS`) and day.
        has_fact: Whether the table `fct_sales` exists, even if it is empty.
    """

    raw_rows: int
    rejected: dict[str, int] = field(default_factory=dict)
    rejected_measured: int = 0
    layers: Layers = field(default_factory=dict)
    has_fact: bool = True

    def total(self, layer: str) -> DayFigures:
        """One layer's sum over all days."""
        return total(self.layers[layer])

    @property
    def days(self) -> list[date]:
        """All days that any layer holds rows of."""
        return sorted({day for layer in self.layers.values() for day, held in layer.items() if held.rows})

    def agrees(self, day: date) -> bool:
        """Whether every layer accounts for each row of the day."""
        at = {name: layer.get(day, DayFigures()) for name, layer in self.layers.items()}
        same = at["cleaned"] == at["objects"] == at["sales"] == at[FACT]
        return same and at["staged"] == at["cleaned"] + at["duplicates"]

    @property
    def holds(self) -> bool:
        """Whether every raw row is a sale, a duplicate or a rejected row, in every layer."""
        all_read = self.raw_rows == self.total("staged").rows + self.rejected_measured
        return all_read and all(self.agrees(day) for day in self.days)

    def table(self) -> pl.DataFrame:
        """One row a day: whether its layers agree, and rows and USD of each layer.

        A layer's USD is the sum of its `amount_paid_usd`. The fact also holds estimates, so its sum is split into
        two more columns. `fct_sales_delivered_usd` is the part that agrees with the other layers.
        """
        rows = []
        for day in self.days:
            row: dict[str, object] = {"sale_date": day, "agrees": self.agrees(day)}
            for name in LAYERS:
                figures = self.layers[name].get(day, DayFigures())
                row[f"{name}_rows"] = figures.rows
                row[f"{name}_usd"] = figures.total_usd
            row["fct_sales_delivered_usd"] = figures.amount_paid_usd
            row["fct_sales_estimated_usd"] = figures.estimated_usd
            rows.append(row)
        schema: dict[str, pl.DataType] = {"sale_date": pl.Date(), "agrees": pl.Boolean()}
        for name in LAYERS:
            schema |= {f"{name}_rows": pl.Int64(), f"{name}_usd": pl.Decimal(24, 2)}
        schema |= dict.fromkeys(("fct_sales_delivered_usd", "fct_sales_estimated_usd"), pl.Decimal(24, 2))
        return pl.DataFrame(rows, schema=schema)


def take_ledger(
    home: Home,
    catalog: Catalog,
    store: ObjectStore,
    warehouse: Warehouse,
    *,
    without: Collection[str] = (),
    anew: bool = False,
) -> Ledger:
    """Count every layer now, from the data. What has not changed since it was counted is not read again.

    Args:
        home: The home.
        catalog: Which files count.
        store: The objects.
        warehouse: The tables.
        without: Paths of files that are known to be damaged. They count as empty.
        anew: Read everything.

    Raises:
        DamagedFileError: If another file cannot be read. It is marked as suspect in the catalog.
    """
    counts = Counts(home, catalog, anew=anew)
    with noting_damage(home, catalog):
        ledger = _count(home, catalog, store, warehouse, frozenset(without), counts)
    counts.keep()
    return ledger


def _count(
    home: Home,
    catalog: Catalog,
    store: ObjectStore,
    warehouse: Warehouse,
    without: Collection[str],
    counts: Counts,
) -> Ledger:
    files = catalog.staged_files()
    rejected: dict[str, int] = {}
    for file in files:
        for reason, rows in file.rejected.items():
            rejected[reason] = rejected.get(reason, 0) + rows
    place = warehouse.place
    with warehouse.session():
        in_warehouse, in_fact = (
            counts.of_table(f"{table} in {place}", warehouse.version(table), partial(warehouse.figures, table))
            for table in ("sales", FACT)
        )
        has_fact = bool(in_fact) or warehouse.has(FACT)
    in_store = days_among(store.keys(SALES))
    days = sorted({*catalog.staged_inputs(), *catalog.cleaned_days(), *in_store, *in_warehouse, *in_fact})
    return Ledger(
        raw_rows=sum(file.raw_rows for file in files),
        rejected=dict(sorted(rejected.items())),
        rejected_measured=rejected_rows(home.lake, [file.file_id for file in files], without, counts),
        layers={
            "staged": staged_figures(home.lake, catalog, days, without, counts),
            "duplicates": duplicate_figures(home.lake, days, without, counts),
            "cleaned": cleaned_figures(home.lake, days, without, counts),
            "objects": object_figures(home.lake, store, days, without, counts),
            "sales": in_warehouse,
            FACT: in_fact,
        },
        has_fact=has_fact,
    )
