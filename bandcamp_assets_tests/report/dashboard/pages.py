"""Pages for tests: a home with sample sales, queries of its warehouse, and pages made from changed marts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl

from bandcamp_assets.dbt.manifest import project_vars
from bandcamp_assets.report.dashboard.data import DashboardData, Provenance, read_marts
from bandcamp_assets.report.dashboard.page import render_page
from bandcamp_assets.report.dashboard.runtime import load_runtime
from bandcamp_assets_tests.homes import TestHome


@dataclass(frozen=True)
class Dashboard:
    """A home with its dashboard, and the figures of its warehouse."""

    home: TestHome

    @property
    def page(self) -> Path:
        return self.home.deployment.settings.home.dashboard_page

    def query(self, sql: str) -> list[tuple]:
        """All rows of a query, with `bandcamp` as the schema."""
        with duckdb.connect(self.home.root / "warehouse.duckdb", read_only=True) as connection:
            connection.execute("set schema = 'bandcamp'")
            connection.execute("set TimeZone = 'UTC'")
            return connection.execute(sql).fetchall()

    def data(self) -> DashboardData:
        """The input of the page."""
        deployment = self.home.deployment
        provenance = Provenance(
            run_id="0123456789abcdef",
            made_at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
            place=deployment.warehouse.place,
            files=deployment.catalog.current_files(),
            ledger=self.home.ledger(),
            assumptions=project_vars(deployment.dbt),
        )
        return DashboardData(read_marts(deployment.warehouse), provenance)

    def render(self, target: Path, marts: Mapping[str, pl.DataFrame], *, raw_rows: int | None = None) -> Path:
        """Write a page with some other marts, or with another count of raw rows, to a file."""
        data = self.data()
        provenance = data.provenance
        if raw_rows is not None:
            provenance = replace(provenance, ledger=replace(provenance.ledger, raw_rows=raw_rows))
        changed = replace(data, marts={**data.marts, **marts}, provenance=provenance)
        target.write_text(render_page(changed, load_runtime(self.home.deployment.settings.home)), encoding="utf-8")
        return target
