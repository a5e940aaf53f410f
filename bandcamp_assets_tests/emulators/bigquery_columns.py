"""Which columns a query needs of which table: what BigQuery bills. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import cast

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.pushdown_projections import pushdown_projections
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import traverse_scope

BYTES = {"INT64": 8, "DATE": 8, "TIMESTAMP": 8, "BOOL": 1, "NUMERIC": 16}
"""Logical bytes of a value by BigQuery's documentation of data sizes. A text has 2 more than in UTF-8."""


@lru_cache(maxsize=512)
def _parsed(sql: str) -> exp.Expression | None:
    try:
        return parse_one(sql, read="bigquery")
    except SqlglotError:
        return None


def columns_of_query(
    sql: str, views: Mapping[str, str], schema: Mapping[str, Sequence[str]]
) -> dict[str, frozenset[str]] | None:
    """The columns that a statement needs of each table; None for anything but one query that can be read."""
    if not isinstance(_parsed(sql), exp.Query):
        return None
    try:
        return columns_read(sql, views, schema)
    except SqlglotError:
        return None


def columns_read(
    sql: str, views: Mapping[str, str], schema: Mapping[str, Sequence[str]]
) -> dict[str, frozenset[str]]:
    """The columns that a query needs of each table, through views and common table expressions.

    Args:
        sql: A query for BigQuery.
        views: The queries of views, by name.
        schema: The columns of all tables, by name.
    """
    query = _with_views_inside(parse_one(sql, read="bigquery"), views)
    for table in query.find_all(exp.Table):
        table.set("db", None)
        table.set("catalog", None)
    known = {name: dict.fromkeys(columns, "STRING") for name, columns in schema.items()}
    lean = pushdown_projections(qualify(query, schema=known, dialect="bigquery", validate_qualify_columns=False))
    found: dict[str, set[str]] = defaultdict(set)
    for scope in traverse_scope(lean):
        for alias, source in scope.sources.items():
            if isinstance(source, exp.Table):
                found[source.name] |= {column.name for column in scope.columns if column.table == alias}
    return {table: frozenset(columns) for table, columns in found.items()}


def _with_views_inside(query: exp.Expression, views: Mapping[str, str]) -> exp.Expression:
    for table in list(query.find_all(exp.Table)):
        if table.name in views and table.args.get("db"):
            inside = _with_views_inside(parse_one(views[table.name], read="bigquery"), views)
            table.replace(cast("exp.Query", inside).subquery(table.alias_or_name))
    return query
