"""What is left to do: which days are not yet, in every layer, what the staged files make of them.

Works from the catalog's commit points, so it holds after a kill at any moment, and from the ledger, so it
also sees data that someone removed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from bandcamp_assets.assets.lake import inputs_fingerprint
from bandcamp_assets.catalog import Catalog, Layer
from bandcamp_assets.reconciliation.ledger import Ledger

MAX_GAP = timedelta(days=7)
"""Days that are up to date are redone rather than start another run, if no more than these lie between."""


@dataclass(frozen=True)
class Plan:
    """What is left to do.

    Attributes:
        days: Days to build from `cleaned_sales` on.
        marts: Whether the marts stand for another fact than the one there will be.
    """

    days: list[date]
    marts: bool

    @property
    def ranges(self) -> list[tuple[date, date]]:
        """The days as few ranges, each of which is one run."""
        ranges: list[tuple[date, date]] = []
        for day in self.days:
            if ranges and day - ranges[-1][1] <= MAX_GAP:
                ranges[-1] = (ranges[-1][0], day)
            else:
                ranges.append((day, day))
        return ranges


def make_plan(catalog: Catalog, ledger: Ledger) -> Plan:
    """Find the days that some layer does not hold as the staged files make them."""
    inputs = {day: inputs_fingerprint(files) for day, files in catalog.staged_inputs().items()}
    cleaned = catalog.cleaned_days()
    layers = [catalog.content(layer) for layer in (Layer.OBJECTS, Layer.WAREHOUSE, Layer.FACT)]
    nothing = inputs_fingerprint([])
    pending = {
        day
        for day in {*inputs, *cleaned}
        if day not in cleaned
        or cleaned[day].inputs != inputs.get(day, nothing)
        or any(layer.get(day) != cleaned[day].sha256 for layer in layers)
    }
    pending |= {day for day in ledger.days if not ledger.agrees(day)}
    marts = bool(pending) or catalog.marts_built_from() != _fact_fingerprint(catalog)
    return Plan(sorted(pending), marts)


def record_fact(catalog: Catalog, days: Iterable[date]) -> None:
    """Record that `fct_sales` now holds what `sales` holds for these days."""
    loaded = catalog.content(Layer.WAREHOUSE)
    catalog.record_content(Layer.FACT, {day: loaded[day] for day in days if day in loaded})


def record_marts(catalog: Catalog) -> None:
    """Record that all marts stand for the fact as it is."""
    catalog.record_marts(_fact_fingerprint(catalog))


def _fact_fingerprint(catalog: Catalog) -> str:
    content = sorted(catalog.content(Layer.FACT).items())
    return hashlib.sha256(repr(content).encode()).hexdigest()[:16]
