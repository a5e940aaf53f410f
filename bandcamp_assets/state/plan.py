"""What is left to do: which days are not yet, in every layer, what the staged files make of them.

Works from the catalog's commit points, so it holds after a kill at any moment, and from the ledger, so it
also sees data that someone removed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from bandcamp_assets.contract.codes import FIRST_DAY
from bandcamp_assets.lake.cleaning import inputs_fingerprint
from bandcamp_assets.state.catalog import Catalog, Layer, Part
from bandcamp_assets.state.integrity.damage import Kind, Survey
from bandcamp_assets.state.ledger.ledger import Ledger
from bandcamp_assets.storage.warehouse import Warehouse

MAX_GAP = timedelta(days=7)
"""Days that are up to date are redone rather than start another run, if no more than these lie between."""


LEDGER_COLUMNS = "delivered and estimated"
"""What the ledger's columns mean. One that was made when they meant something else is made anew."""


@dataclass(frozen=True)
class Plan:
    """What is left to do.

    Attributes:
        days: Days to build from `cleaned_sales` on.
        reference: Whether seeds and dimensions are to be built.
        marts: Whether what comes after the days is to be built: the marts and the ledger.
        made_from: Fingerprint of what it would be built from, by which a plan that failed is told from a new one.
    """

    days: list[date]
    reference: bool
    marts: bool
    made_from: str = field(default="", compare=False)

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


@dataclass(frozen=True)
class BuildState:
    """Records what dbt has built, and finds what is left to do.

    Attributes:
        catalog: The commit points of all layers.
        models: Fingerprint of the dbt project. When it changes, what dbt made is made anew.
        page: Fingerprint of the dashboard's own files.
        pages: Where the pages of the report lie.
        warehouse: Where dbt builds, which is told what its days were made from; None where nothing is built.
    """

    catalog: Catalog
    models: str
    page: str = ""
    pages: tuple[Path, ...] = ()
    warehouse: Warehouse | None = None

    def plan(self, ledger: Ledger | None = None, survey: Survey | None = None) -> Plan:
        """Find the days that some layer does not hold as the staged files make them.

        Args:
            ledger: All layers, counted: so data that someone removed is seen as well. Without it the catalog alone
                is read, which takes milliseconds.
            survey: What was found lost or damaged, so that it is made anew.
        """
        wrong = survey or Survey()
        inputs = {day: inputs_fingerprint(files) for day, files in self.catalog.staged_inputs().items()}
        cleaned = self.catalog.cleaned_days()
        layers = [self.catalog.content(layer) for layer in (Layer.OBJECTS, Layer.WAREHOUSE)]
        fact = self.catalog.content(Layer.FACT)
        nothing = inputs_fingerprint([])
        pending = {
            day
            for day in {*inputs, *cleaned}
            if day not in cleaned
            or cleaned[day].inputs != inputs.get(day, nothing)
            or any(layer.get(day) != cleaned[day].sha256 for layer in layers)
            or fact.get(day) != self._made_from(cleaned[day].sha256)
        }
        pending |= wrong.days
        lost = {day for day in ledger.days if not ledger.agrees(day)} - pending if ledger else set()
        lacking = ledger is not None and not ledger.has_fact
        if not pending | lost and (lacking or not fact) and self.catalog.staged_files():
            # No file gave a sale. A day without sales makes the tables that all models read.
            pending = {min(cleaned, default=FIRST_DAY)}
        held = any(self.catalog.content(Layer.WAREHOUSE).values())
        emptied = ledger is not None and held and not ledger.layers["sales"]
        days = sorted(pending | lost)
        return Plan(
            days=days,
            made_from=_hash(self._fact_fingerprint(), self.page, *(inputs.get(day, nothing) for day in days)),
            # Where a day was lost, the whole warehouse may have been.
            reference=bool(lost or wrong.among(Kind.TABLE))
            or emptied
            or lacking
            or self.catalog.built_from(Part.REFERENCE) != self.models,
            marts=bool(pending | lost)
            or wrong.report
            or self.catalog.built_from(Part.MARTS) != self._fact_fingerprint()
            or self.catalog.built_from(Part.LEDGER) != ledger_fingerprint(self.catalog)
            or self.catalog.built_from(Part.DASHBOARD) != self.dashboard_fingerprint()
            or not self.documents_models()
            or not all(page.exists() for page in self.pages),
        )

    def begin(self, plan: Plan) -> None:
        """Record that what a plan builds whole cannot be relied on until it is built, whatever happens."""
        after = [Part.MARTS, Part.LEDGER, Part.DASHBOARD]
        for part in [Part.REFERENCE] * plan.reference + after * plan.marts:
            self.catalog.record_built(part, "")

    def record_reference(self) -> None:
        """Record that all seeds and dimensions are as the project says."""
        self.catalog.record_built(Part.REFERENCE, self.models)

    def record_fact(self, days: Iterable[date]) -> None:
        """Record that `fct_sales` now holds what `sales` holds for these days."""
        loaded = self.catalog.content(Layer.WAREHOUSE)
        made = {day: self._made_from(loaded[day]) for day in days if day in loaded}
        if self.warehouse:
            self.warehouse.mark_days(Layer.FACT.value, made)
        self.catalog.record_content(Layer.FACT, made)

    def mark_tables(self) -> None:
        """Record in the warehouse what the tables without days hold, now that dbt has built some."""
        if self.warehouse:
            self.warehouse.mark_tables()

    def record_marts(self) -> None:
        """Record that all marts stand for the fact as it is."""
        self.catalog.record_built(Part.MARTS, self._fact_fingerprint())

    def record_dashboard(self, made_from: str) -> None:
        """Record what the dashboard was made from."""
        self.catalog.record_built(Part.DASHBOARD, made_from)

    def record_docs(self) -> None:
        """Record that the documentation is of the project as it is."""
        self.catalog.record_built(Part.DOCS, self.models)

    def documents_models(self) -> bool:
        """Whether the documentation is of the project as it is."""
        return self.catalog.built_from(Part.DOCS) == self.models

    def dashboard_fingerprint(self) -> str:
        """What the dashboard would be made from now: the marts, the ledger, and the page itself."""
        return _hash(self._fact_fingerprint(), ledger_fingerprint(self.catalog), self.page)

    def _made_from(self, cleaned_sha256: str) -> str:
        return f"{cleaned_sha256}/{self.models}"

    def _fact_fingerprint(self) -> str:
        content = sorted(self.catalog.content(Layer.FACT).items())
        return _hash(self.models, content)


def ledger_fingerprint(catalog: Catalog) -> str:
    """What the ledger stands for: the staged files, and the fact as the catalog records it."""
    files = [(file.file_id, file.contract, file.raw_rows) for file in catalog.staged_files()]
    content = sorted(catalog.content(Layer.FACT).items())
    return _hash(LEDGER_COLUMNS, files, content)


def _hash(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def loaded_content(made_from: str) -> str:
    """The content of `sales`, as the catalog records it, that a day of `fct_sales` was made from."""
    return made_from.partition("/")[0]
