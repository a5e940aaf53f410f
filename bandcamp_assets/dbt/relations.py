"""Reads columns with their types, and row counts, of dbt's tables and views in the warehouse.

Takes two queries for each invocation, whatever the number of models. `Warehouse.figures` counts the days of a
fact.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import polars as pl

_COLUMNS = {
    "duckdb": "information_schema.columns",
    # BigQuery has one for each dataset, and its names are case-sensitive.
    "bigquery": "`{database}`.`{schema}`.INFORMATION_SCHEMA.COLUMNS",
}

Columns = Mapping[str, str]
"""Types by column name, in the order of the table."""


class Queries(Protocol):
    """The part of a warehouse that is needed here."""

    def query(self, sql: str) -> pl.DataFrame:
        """Run a query that reads."""
        ...


@dataclass(frozen=True)
class Relations:
    """What the warehouse holds.

    Attributes:
        columns: The columns of every table and view of the schemas, by (schema, name).
        row_counts: Rows of the requested tables, by the node's unique id. Views are not counted, as that would run
            them.
    """

    columns: Mapping[tuple[str, str], Columns]
    row_counts: Mapping[str, int]

    def columns_of(self, node: Mapping[str, Any]) -> Columns:
        """The columns of a node or source of the manifest; empty if it does not exist."""
        name = node["identifier"] if node["resource_type"] == "source" else node["alias"]
        return self.columns.get((node["schema"], name), {})


def read_relations(warehouse: Queries, manifest: Mapping[str, Any], unique_ids: Collection[str]) -> Relations:
    """Read the columns of everything in the schemas of `unique_ids`, and count the rows of these nodes."""
    nodes = [manifest["nodes"][unique_id] for unique_id in unique_ids]
    if not nodes:
        return Relations({}, {})
    return Relations(_columns(warehouse, manifest, nodes), _row_counts(warehouse, nodes))


def _columns(
    warehouse: Queries, manifest: Mapping[str, Any], nodes: list[dict[str, Any]]
) -> dict[tuple[str, str], dict[str, str]]:
    catalog = _COLUMNS[manifest["metadata"]["adapter_type"]]
    found: dict[tuple[str, str], dict[str, str]] = {}
    for database, schema in sorted({(node["database"], node["schema"]) for node in nodes}):
        source = catalog.format(database=database, schema=schema)
        rows = warehouse.query(
            f"select table_name, column_name, data_type from {source} "  # noqa: S608 - from the manifest
            f"where table_schema = '{schema}' order by table_name, ordinal_position"
        )
        for table, column, data_type in rows.iter_rows():
            found.setdefault((schema, table), {})[column] = data_type
    return found


def _row_counts(warehouse: Queries, nodes: list[dict[str, Any]]) -> dict[str, int]:
    tables = [node for node in nodes if node["config"]["materialized"] != "view"]
    if not tables:
        return {}
    # Neither warehouse reads a row for this, and BigQuery bills nothing.
    counts = " union all ".join(
        f"select '{node['unique_id']}' as node, count(*) as row_count from {node['relation_name']}"  # noqa: S608
        for node in tables
    )
    return dict(warehouse.query(counts).iter_rows())
