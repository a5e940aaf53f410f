"""The bare work: what the platform does with Polars and DuckDB, as a plain script without Dagster and dbt.

It calls the platform's pure functions in the platform's order, runs the SQL that dbt compiled, writes the same
tables as Parquet and draws the same dashboard. What is left between the two times is orchestration, events,
checks, documentation and dbt itself. It keeps no catalog, checks nothing and cannot go on where it stopped.

    python -m bandcamp_assets_tests.bench.bare SOURCE FOLDER COMPILED_SQL_FOLDER
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from bandcamp_assets.contract.dialects import duckdb_columns
from bandcamp_assets.contract.sale import Sale
from bandcamp_assets.dbt.manifest import project_vars
from bandcamp_assets.deployment.deployment import local_workspace
from bandcamp_assets.lake.cleaning import clean_into, scan_staged
from bandcamp_assets.lake.layout import staged_file
from bandcamp_assets.lake.staging import stage_file
from bandcamp_assets.report.dashboard.data import DashboardData, Provenance, read_marts
from bandcamp_assets.report.dashboard.page import render_page
from bandcamp_assets.report.dashboard.runtime import load_runtime
from bandcamp_assets.state.ledger.compare import total
from bandcamp_assets.state.ledger.ledger import LAYERS, Ledger
from bandcamp_assets.storage.warehouse import DuckDBWarehouse
from bandcamp_assets.system.home import Home
from bandcamp_assets_tests.bench.models import build_models, share_tables


def main(source: Path, folder: Path, compiled: Path) -> dict[str, float]:
    """Do the work in an empty folder; give the seconds of each part."""
    seconds: dict[str, float] = {}
    scratch, lake = folder / "scratch", folder / "lake"
    scratch.mkdir(parents=True)
    started = time.perf_counter()
    raw = shutil.copyfile(source, folder / "raw.csv")
    seconds["land"] = time.perf_counter() - started

    started = time.perf_counter()
    with raw.open("rb") as stream:
        staged = stage_file(
            stream, file_id="bare", arrived_at=datetime.now(UTC), lake=lake, scratch=scratch, where=raw.name
        )
    seconds["stage"] = time.perf_counter() - started

    started = time.perf_counter()
    objects: list[str] = []
    for day in staged.days:
        rows = scan_staged([staged_file(lake, day.sale_date, "bare")])
        if path := clean_into(rows, day.sale_date, lake=lake, scratch=scratch).path:
            target = folder / "objects" / path.parent.name / path.name
            target.parent.mkdir(parents=True)
            objects.append(str(shutil.copyfile(path, target)))
    seconds["clean"] = time.perf_counter() - started

    started = time.perf_counter()
    names = ", ".join(f'"{name}"' for name in Sale.column_names())
    with duckdb.connect(folder / "warehouse.duckdb") as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set preserve_insertion_order = false")
        connection.execute("create schema bandcamp")
        connection.execute(f"create table bandcamp.sales ({duckdb_columns()})")
        connection.execute(
            f"insert into bandcamp.sales ({names}) select {names} from read_parquet(?)",
            [objects],
        )
        seconds["load"] = time.perf_counter() - started

        started = time.perf_counter()
        build_models(connection, compiled)
        seconds["models"] = time.perf_counter() - started

        started = time.perf_counter()
        share_tables(connection, compiled, folder / "tables")
    seconds["tables as files"] = time.perf_counter() - started

    started = time.perf_counter()
    _draw_dashboard(folder)
    seconds["dashboard"] = time.perf_counter() - started
    return seconds


def _draw_dashboard(folder: Path) -> None:
    home = Home(folder)
    home.dashboard.mkdir()
    warehouse = DuckDBWarehouse(folder / "warehouse.duckdb")
    figures = {layer: warehouse.figures("fct_sales") for layer in LAYERS}
    ledger = Ledger(raw_rows=total(figures["fct_sales"]).rows, layers=figures)
    assumptions = project_vars(local_workspace(home))
    provenance = Provenance("bare", datetime.now(UTC), warehouse.place, [], ledger, assumptions)
    page = render_page(DashboardData(read_marts(warehouse), provenance), load_runtime(home))
    (home.dashboard / "index.html").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    print(json.dumps(main(*[Path(argument) for argument in sys.argv[1:4]])))
