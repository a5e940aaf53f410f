"""Plans what is left to do: the days of which some layer does not match the staged files yet.

The plan uses the catalog's commit points, so it is right after a kill at any moment. It also uses the ledger,
which shows data that somebody removed.
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
"""The longest gap of finished days within one run. They are rebuilt, which costs less than another run."""


LEDGER_COLUMNS = "delivered and estimated"
"""The meaning of the ledger's columns. A ledger that was made with another meaning is rebuilt."""


@dataclass(frozen=True)
class Plan:
    """What is left to do.

    Attributes:
        days: Days to build from `cleaned_sales` on.
        reference: Whether to build seeds and dimensions.
        marts: Whether to build the marts, and then the report.
        report: Whether to build what is made of the tables: ledger, pages and data package.
        made_from: Fingerprint of the inputs. It distinguishes a new plan from one that has failed.
    """

    days: list[date]
    reference: bool
    marts: bool
    report: bool
    made_from: str = field(default="", compare=False)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left to do."""
        return not (self.days or self.reference or self.marts or self.report)

    @property
    def ranges(self) -> list[tuple[date, date]]:
        """The days as ranges, as few as possible. Each is one run."""
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
        models: Fingerprint of the dbt project. When it changes, everything that dbt built is rebuilt.
        page: Fingerprint of the dashboard's own files.
        tables: Version of the data package's files.
        pages: Paths of the report's pages.
        warehouse: Where dbt builds. It keeps marks of what its days were made from. None if nothing is built.
    """

    catalog: Catalog
    models: str
    page: str = ""
    tables: str = ""
    pages: tuple[Path, ...] = ()
    warehouse: Warehouse | None = None

    def plan(self, ledger: Ledger | None = None, survey: Survey | None = None) -> Plan:
        """Find the days of which some layer does not match the staged files.

        Args:
            ledger: The counts of all layers. They show data that somebody removed. Without them only the catalog
                is read, which takes milliseconds.
            survey: What was found lost or damaged. The plan rebuilds it.
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
            # No file has a valid sale. Building a day without sales creates the tables that all models read.
            pending = {min(cleaned, default=FIRST_DAY)}
        held = any(self.catalog.content(Layer.WAREHOUSE).values())
        emptied = ledger is not None and held and not ledger.layers["sales"]
        days = sorted(pending | lost)
        marts = (
            bool(days)
            or any(not table.day for table in wrong.among(Kind.TABLE))
            or self.catalog.built_from(Part.MARTS) != self._fact_fingerprint()
        )
        return Plan(
            days=days,
            made_from=_hash(self._fact_fingerprint(), self.page, *(inputs.get(day, nothing) for day in days)),
            # If a day was lost, the whole warehouse may be gone.
            reference=bool(lost or wrong.among(Kind.TABLE))
            or emptied
            or lacking
            or self.catalog.built_from(Part.REFERENCE) != self.models,
            marts=marts,
            report=marts
            or bool(wrong.among(Kind.REPORT))
            or self.catalog.built_from(Part.LEDGER) != ledger_fingerprint(self.catalog)
            or self.catalog.built_from(Part.DASHBOARD) != self.dashboard_fingerprint()
            or self.catalog.built_from(Part.TABLES) != self.tables_fingerprint()
            or not self.documents_models()
            or not all(page.exists() for page in self.pages),
        )

    def begin(self, plan: Plan) -> None:
        """Record that the parts a plan builds are out of date until they are built, even if the run is killed."""
        report = [Part.LEDGER, Part.DASHBOARD, Part.TABLES]
        for part in [Part.REFERENCE] * plan.reference + [Part.MARTS] * plan.marts + report * plan.report:
            self.catalog.record_built(part, "")

    def record_reference(self) -> None:
        """Record that all seeds and dimensions match the dbt project."""
        self.catalog.record_built(Part.REFERENCE, self.models)

    def record_fact(self, days: Iterable[date]) -> None:
        """Record that `fct_sales` now holds what `sales` holds for these days."""
        loaded = self.catalog.content(Layer.WAREHOUSE)
        made = {day: self._made_from(loaded[day]) for day in days if day in loaded}
        if self.warehouse:
            self.warehouse.mark_days(Layer.FACT.value, made)
        self.catalog.record_content(Layer.FACT, made)
        self.catalog.forget_content(Layer.LOADS, made)

    def mark_tables(self) -> None:
        """Record in the warehouse what the tables without days hold, after dbt has built some."""
        if self.warehouse:
            self.warehouse.mark_tables()

    def record_marts(self) -> None:
        """Record that all marts match the present fact."""
        self.catalog.record_built(Part.MARTS, self._fact_fingerprint())

    def record_dashboard(self, made_from: str) -> None:
        """Record what the dashboard was made from."""
        self.catalog.record_built(Part.DASHBOARD, made_from)

    def record_tables(self, made_from: str) -> None:
        """Record what the data package was made from."""
        self.catalog.record_built(Part.TABLES, made_from)

    def record_docs(self) -> None:
        """Record that the documentation matches the dbt project."""
        self.catalog.record_built(Part.DOCS, self.models)

    def documents_models(self) -> bool:
        """Whether the documentation matches the dbt project."""
        return self.catalog.built_from(Part.DOCS) == self.models

    def dashboard_fingerprint(self) -> str:
        """Fingerprint of what the dashboard would be made from now: the marts, the ledger, and the page itself."""
        return _hash(self._fact_fingerprint(), ledger_fingerprint(self.catalog), self.page)

    def tables_fingerprint(self) -> str:
        """Fingerprint of what the data package would be made from now: the fact, the models, and their files."""
        return _hash(self._fact_fingerprint(), self.tables)

    def _made_from(self, cleaned_sha256: str) -> str:
        return f"{cleaned_sha256}/{self.models}"

    def _fact_fingerprint(self) -> str:
        content = sorted(self.catalog.content(Layer.FACT).items())
        return _hash(self.models, content)


def ledger_fingerprint(catalog: Catalog) -> str:
    """Fingerprint of the ledger's inputs: the staged files, and the fact as the catalog records it."""
    files = [(file.file_id, file.contract, file.raw_rows) for file in catalog.staged_files()]
    content = sorted(catalog.content(Layer.FACT).items())
    return _hash(LEDGER_COLUMNS, files, content)


def _hash(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def loaded_content(made_from: str) -> str:
    """The recorded content of `sales` from which a day of `fct_sales` was made."""
    return made_from.partition("/")[0]
