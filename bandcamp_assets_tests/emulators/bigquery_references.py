"""Which tables and datasets a job is about: found in its configuration and in its SQL. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sqlglot
from sqlglot import exp

Reference = tuple[str, str, str]
"""Project, dataset and table."""


@lru_cache(maxsize=512)
def tables_of(sql: str, project: str, dataset: str | None = None) -> tuple[Reference, ...]:
    """The tables and views that SQL names, without the names it defines itself; none if it cannot be parsed.

    Args:
        sql: GoogleSQL, one statement or several.
        project: The project of names that give none.
        dataset: The dataset of names that give none; such names are left out if it is not given.
    """
    try:
        statements = [statement for statement in sqlglot.parse(sql, read="bigquery") if statement]
    except sqlglot.errors.SqlglotError:
        return ()
    found: dict[Reference, None] = {}
    for statement in statements:
        own = {cte.alias for cte in statement.find_all(exp.CTE)}
        for table in statement.find_all(exp.Table):
            if not table.db and (table.name in own or dataset is None):
                continue
            found[(table.catalog or project, table.db or dataset or "", table.name)] = None
    return tuple(found)


def datasets_of(configuration: dict[str, Any], project: str) -> list[str]:
    """The datasets of a project that a job reads or writes."""
    if load := configuration.get("load"):
        return [load["destinationTable"]["datasetId"]]
    query = configuration.get("query") or {}
    default = (query.get("defaultDataset") or {}).get("datasetId")
    references = tables_of(query.get("query", ""), project, default)
    return list(dict.fromkeys(dataset for owner, dataset, _ in references if owner == project))
