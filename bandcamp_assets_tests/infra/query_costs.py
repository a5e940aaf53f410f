"""What dbt's queries would be billed on BigQuery, worked out from their compiled SQL: bytes, then US dollars.

BigQuery bills the columns that a query reads, of the partitions that it reads, and at least 10 MiB for each table.
So each query is compiled for `gcp`, sqlglot finds the columns that it needs of each table, and tables get as many
rows as a history of that size has. Nothing here asks a server.

Writes `infra/COSTS.md`: `python -m bandcamp_assets_tests.infra.query_costs`.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import cast

from dbt.artifacts.schemas.run import RunExecutionResult
from dbt.contracts.graph.nodes import GenericTestNode, ModelNode

from bandcamp_assets.components.dbt.cost import ON_DEMAND_USD_PER_TIB
from bandcamp_assets.storage.warehouse.marks import BESIDE_THE_FACT, FACT
from bandcamp_assets_tests.dbt_project.duckdb_dbt import Dbt, close_warehouse
from bandcamp_assets_tests.dbt_project.googlesql_dbt import CompilingDbt
from bandcamp_assets_tests.dbt_project.marts_expected_data import sample_sales
from bandcamp_assets_tests.emulators.bigquery_columns import BYTES, columns_read
from bandcamp_assets_tests.production.files import ROOT

PAGE = ROOT / "infra" / "COSTS.md"
DAY = "2020-09-10"
SALES_A_DAY = 45_553
"""As many as the feed brought on an average day since 2020; see infra/SCALE.md."""

ROWS_A_DAY = {"sales_by_hour": 25, "sales_by_segment": 4_730, "sales_by_price": 3_870, "usd_rates": 17}
"""Rows of what is summed up by day, as measured on 1,000,000 sample rows of 24 days."""

ROWS_A_SALE = {
    "sales": 1.0,
    "fct_sales": 1.0,
    "artist_sales": 0.16,
    "seller_sales": 0.13,
    "dashboard_artists": 0.043,
    "dashboard_names": 0.17,
}
"""Rows of tables that grow with the sales, measured there too. All other tables stay below 10 MiB."""

SAMPLE_ROWS = 20_000

MEBIBYTE, GIBIBYTE, TEBIBYTE = 2**20, 2**30, 2**40
LEAST = 10 * MEBIBYTE
"""BigQuery bills no less for each table that a query reads."""

BY_DAY = {"sales", FACT, *BESIDE_THE_FACT}

Widths = Mapping[str, Mapping[str, float]]
"""Bytes of a value, by table and column."""


@dataclass(frozen=True)
class Query:
    """One query of a build: a model, or a data test.

    Attributes:
        is_daily: Whether it belongs to the build by day.
        days: The days that it reads of tables by day; none if it reads all.
        columns: The columns that it needs, by table.
    """

    name: str
    is_daily: bool
    days: int | None
    columns: Mapping[str, frozenset[str]]

    def billed(self, widths: Widths, sales: int) -> int:
        """The bytes that it is billed behind so many sales."""
        return sum(max(LEAST, round(self._bytes(table, widths, sales))) for table in self.columns)

    def _bytes(self, table: str, widths: Widths, sales: int) -> float:
        a_row = sum(widths[table].get(column, 0.0) for column in self.columns[table])
        by_day = self.days is not None and table in BY_DAY
        return a_row * rows_of(table, SALES_A_DAY * (self.days or 0) if by_day else sales)


def rows_of(table: str, sales: int) -> float:
    """As many rows as a table has of so many sales."""
    if table in ROWS_A_DAY:
        return ROWS_A_DAY[table] * sales / SALES_A_DAY
    return ROWS_A_SALE.get(table, 0.0) * sales


def days_read(sql: str) -> int | None:
    """The number of days that a query names as literals; none if it names none."""
    if spans := re.findall(r"sale_date between date '(.+?)' and date '(.+?)'", sql):
        return max((date.fromisoformat(last) - date.fromisoformat(first)).days + 1 for first, last in spans)
    return 1 if f"sale_date = date '{DAY}'" in sql else None


@dataclass(frozen=True)
class Build:
    """What dbt asks of BigQuery for one more day, and how wide its columns are."""

    queries: Sequence[Query]
    widths: Widths

    def billed(self, sales: int, *, is_daily: bool) -> int:
        """The bytes billed behind so many sales, for the tables by day or for the marts."""
        return sum(query.billed(self.widths, sales) for query in self.queries if query.is_daily is is_daily)


def read_build(folder: Path) -> Build:
    """Compile the project for BigQuery; types and lengths of texts are those of sample sales in DuckDB."""
    dbt = Dbt(folder)
    dbt.load_frame(sample_sales(folder, SAMPLE_ROWS, "0" * 16))
    dbt.build()
    widths = _widths(dbt)
    close_warehouse()
    compiling = CompilingDbt(folder / "gcp")
    result = compiling.invoke(
        "compile", "--no-populate-cache", "--no-introspect", "--vars", json.dumps({"days": [DAY]})
    )
    assert result.success, result.exception
    nodes = [one.node for one in cast("RunExecutionResult", result.result).results]
    models = [node for node in nodes if isinstance(node, ModelNode)]
    views = {node.name: str(node.compiled_code) for node in models if node.config.materialized == "view"}
    schema = {table: list(columns) for table, columns in widths.items()}
    queries = [
        Query(
            node.name,
            "daily" in _tags(node),
            days_read(str(node.compiled_code)),
            columns_read(str(node.compiled_code), views, schema),
        )
        for node in nodes
        if isinstance(node, (ModelNode, GenericTestNode))
        and node.name not in views
        and _tags(node) & {"daily", "marts"}
    ]
    return Build(sorted(queries, key=lambda query: query.name), widths)


def _tags(node: ModelNode | GenericTestNode) -> set[str]:
    """The tags of a model; of a test `daily` if it reads the days of the run, else `marts`."""
    if isinstance(node, ModelNode):
        return set(node.tags)
    return {"daily"} if DAY in str(node.compiled_code) else {"marts"}


def _widths(dbt: Dbt) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for table, column, kind in dbt.query(
        "select table_name, column_name, data_type from information_schema.columns where table_schema = 'bandcamp'"
    ):
        found.setdefault(str(table), {})[str(column)] = _width(dbt, str(table), str(column), str(kind))
    return found


def _width(dbt: Dbt, table: str, column: str, kind: str) -> float:
    if kind == "VARCHAR":
        asked = f'select avg(coalesce(2 + octet_length(encode("{column}")), 0)) from "{table}"'
        return float(cast("float", dbt.query(asked)[0][0] or 0.0))
    names = {"BOOLEAN": "BOOL", "DATE": "DATE", "TIMESTAMP WITH TIME ZONE": "TIMESTAMP"}
    return BYTES[names.get(kind, "NUMERIC" if kind.startswith("DECIMAL") else "INT64")]


HISTORIES = {"the archive": 1_000_000, "a year of the feed": 17_000_000, "all of the feed": 105_000_000}


def page(build: Build) -> str:
    """The page of costs."""
    return "\n".join([_HEAD, *_totals(build), "", _BY_QUERY, *_dearest(build), ""])


def _totals(build: Build) -> list[str]:
    lines = [
        "| behind | sales | tables by day, a run | marts, a night | a month: 720 runs, 30 nights | US dollars |",
        "|---|---|---|---|---|---|",
    ]
    for history, sales in HISTORIES.items():
        day, night = (build.billed(sales, is_daily=is_daily) for is_daily in (True, False))
        month = 24 * 30 * day + 30 * night
        dollars = max(0.0, month / TEBIBYTE - 1) * ON_DEMAND_USD_PER_TIB
        sizes = f"{day / GIBIBYTE:.2f} GiB | {night / GIBIBYTE:.1f} GiB | {month / TEBIBYTE:.2f} TiB"
        lines.append(f"| {history} | {sales:,} | {sizes} | {dollars:.2f} |")
    return lines


def _dearest(build: Build, places: int = 12) -> list[str]:
    sales = HISTORIES["all of the feed"]
    costs = sorted(
        ((query.billed(build.widths, sales), query) for query in build.queries), key=lambda one: -one[0]
    )
    lines = ["| query | GiB | columns that it needs |", "|---|---|---|"]
    for billed, query in costs[:places]:
        large = [table for table in sorted(query.columns) if table in {*ROWS_A_SALE, *ROWS_A_DAY}]
        columns = "; ".join(f"`{table}`: {', '.join(sorted(query.columns[table]))}" for table in large)
        lines.append(f"| `{query.name}` | {billed / GIBIBYTE:.1f} | {columns} |")
    return lines


_HEAD = """# What dbt's queries cost on BigQuery

Made by `python -m bandcamp_assets_tests.infra.query_costs`; a test compares it. Each query is compiled for
BigQuery, and billed for the columns that it needs, of the days that it reads, at least 10 MiB for each table.
Nothing was run in the cloud. An amount has 16 bytes, a text 2 more than its letters. On-demand price: 6.25 US
dollars a TiB, the first TiB of a month is free (list price of the US multi-region; look it up, it changes). Load
jobs and previews cost nothing; a `MERGE` reads the day that it replaces once more, which is left out.

Before the rollups the same queries were billed 3.5, 45.1 and 274.5 GiB a night.
"""

_BY_QUERY = """The dearest queries behind all of the feed:
"""


def main() -> None:
    """Write the page."""
    with tempfile.TemporaryDirectory() as folder:
        PAGE.write_text(page(read_build(Path(folder))))


if __name__ == "__main__":
    main()
