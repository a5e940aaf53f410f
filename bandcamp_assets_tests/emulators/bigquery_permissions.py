"""Which permissions a request of BigQuery needs, and on what: a dataset or the project. Pure.

By Google's reference of each method and statement. What a load reads in a bucket is asked where it is read.
"""

from __future__ import annotations

import re
from typing import Any

import sqlglot
from sqlglot import exp

from bandcamp_assets_tests.emulators.bigquery_references import datasets_of
from bandcamp_assets_tests.emulators.permissions import PROJECT_ITSELF

Need = tuple[str, str]
"""A resource, and a permission on it."""

_ABOUT = re.compile(r"/bigquery/v2/projects/[^/]+/datasets(?:/(?P<dataset>[^/_][^/]*)(?P<rest>/.*)?)?")
_TABLE = r"/tables/[^/:]+"
_OF_REQUESTS = (
    ("GET", r"", "bigquery.datasets.get"),
    ("DELETE", r"", "bigquery.datasets.delete"),
    ("PATCH|PUT", r"", "bigquery.datasets.update"),
    ("GET", r"/routines", "bigquery.routines.list"),
    ("GET", r"/tables", "bigquery.tables.list"),
    ("POST", r"/tables", "bigquery.tables.create"),
    ("GET", _TABLE, "bigquery.tables.get"),
    ("DELETE", _TABLE, "bigquery.tables.delete"),
    ("PATCH|PUT", _TABLE, "bigquery.tables.update"),
    ("GET", f"{_TABLE}/data", "bigquery.tables.getData"),
    ("POST", f"{_TABLE}/insertAll", "bigquery.tables.updateData"),
)
_OF_STATEMENTS: dict[type[exp.Expression], tuple[str, ...]] = {
    exp.Merge: ("bigquery.tables.updateData",),
    exp.Insert: ("bigquery.tables.updateData",),
    exp.Update: ("bigquery.tables.updateData",),
    exp.Delete: ("bigquery.tables.updateData",),
    exp.Create: ("bigquery.tables.create", "bigquery.tables.updateData"),
    exp.Alter: ("bigquery.tables.update",),
    exp.Drop: ("bigquery.tables.delete",),
}


def needs_of_request(method: str, path: str) -> list[Need]:
    """What a request needs that is about a dataset, or about something in it.

    Everybody may list the datasets that they see, and ask what is permitted.
    """
    about = _ABOUT.fullmatch(path)
    if about is None or path.endswith(":testIamPermissions"):
        return []
    if about["dataset"] is None:
        return [(PROJECT_ITSELF, "bigquery.datasets.create")] if method == "POST" else []
    return [
        (about["dataset"], permission)
        for methods, rest, permission in _OF_REQUESTS
        if method in methods.split("|") and re.fullmatch(rest, about["rest"] or "")
    ]


def needs_of_job(configuration: dict[str, Any], project: str) -> list[Need]:
    """What a job needs: to be run, and what it does in each dataset that it names."""
    if "load" in configuration:
        done = ("bigquery.tables.updateData",)
    else:
        done = ("bigquery.tables.getData", *_of_sql((configuration.get("query") or {}).get("query", "")))
    in_datasets = [(dataset, needed) for dataset in datasets_of(configuration, project) for needed in done]
    return [(PROJECT_ITSELF, "bigquery.jobs.create"), *in_datasets]


def _of_sql(sql: str) -> list[str]:
    try:
        statements = sqlglot.parse(sql, read="bigquery")
    except sqlglot.errors.SqlglotError:
        return []  # it will fail anyway
    return [needed for statement in statements for needed in _OF_STATEMENTS.get(type(statement), ())]  # type: ignore[arg-type]
