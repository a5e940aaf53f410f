"""Describes the tables in a `datapackage.json`, as the Data Package standard of Frictionless Data says.

The standard: https://datapackage.org/standard/data-package/. Descriptions and keys are those of the dbt project,
types are those of the files. Properties that the standard does not know: `unit` of a column, `rowCount` of a
table, and `run`. With a property `bytes`, the standard's own program would refuse Parquet: it cannot count them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from bandcamp_assets.sources.raw_file import RawFile

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"

MAX_SOURCES = 100
"""How many raw files are named. A feed brings hundreds a day."""

_UNITS = (
    (re.compile(r"_usd(_|$)"), "USD"),
    (re.compile(r"_(share|rate|ratio)$"), "1"),
    (re.compile(r"_percent$"), "%"),
    (re.compile(r"^(item_price|amount_paid|amount_overpaid|median_price)$"), "the currency of the row"),
)
"""Units by the names of columns. Names are given by this rule throughout the dbt project."""


@dataclass(frozen=True)
class TableFiles:
    """A table as its files hold it.

    Attributes:
        paths: Paths of the files, relative to the folder of the package.
        schema: The columns with their types.
        rows: Rows of all files.
    """

    paths: Sequence[str]
    schema: Mapping[str, pl.DataType]
    rows: int


def describe_package(
    manifest: Mapping[str, Any],
    tables: Mapping[str, TableFiles],
    files: Sequence[RawFile],
    *,
    run_id: str,
    made_at: datetime,
) -> dict[str, Any]:
    """The content of `datapackage.json`.

    Args:
        manifest: The manifest of the dbt project.
        tables: The tables by name.
        files: The raw files whose rows count.
        run_id: The run that wrote the tables.
        made_at: When it did (UTC).
    """
    models = {node["name"]: node for node in manifest["nodes"].values() if node["resource_type"] == "model"}
    keys = _keys(manifest)
    synthetic = any(file.synthetic for file in files)
    return {
        "$schema": PROFILE,
        "name": "bandcamp-sales",
        "title": f"Sales of independent music on Bandcamp{' (generated sample)' if synthetic else ''}",
        "description": _description(synthetic=synthetic),
        "created": made_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        **({"licenses": [_CC0]} if synthetic else {}),
        **({"sources": _sources(files)} if files else {}),
        "run": run_id,
        "resources": [
            _resource(name, tables[name], models[name], keys, manifest)
            for name in sorted(tables)
            if name in models
        ],
    }


_CC0 = {
    "name": "CC0-1.0",
    "title": "Creative Commons Zero v1.0 Universal",
    "path": "https://creativecommons.org/publicdomain/zero/1.0/",
}
"""The licence of generated sales. That of real sales is a matter of whoever delivered them."""


def _description(*, synthetic: bool) -> str:
    what = (
        "Generated sales, made to try the platform with. They say nothing about Bandcamp."
        if synthetic
        else "Sales as delivered in the sources below. Their licence is that of these sources."
    )
    return (
        f"{what} Amounts in US dollars have names that end in _usd, and days are UTC unless a name says otherwise."
    )


def _sources(files: Sequence[RawFile]) -> list[dict[str, Any]]:
    named = [{"title": file.name, "sha256": file.sha256, "bytes": file.size} for file in files[:MAX_SOURCES]]
    if len(files) > MAX_SOURCES:
        named.append({"title": f"and {len(files) - MAX_SOURCES:,} more files"})
    return named


def _resource(
    name: str,
    table: TableFiles,
    model: Mapping[str, Any],
    keys: Mapping[str, list[list[str]]],
    manifest: Mapping[str, Any],
) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [_field(column, dtype, model, keys.get(name, ())) for column, dtype in table.schema.items()]
    }
    if primary := next((key for key in keys.get(name, ()) if all(_required(model, one) for one in key)), None):
        schema["primaryKey"] = primary
    if others := [key for key in keys.get(name, ()) if key != primary and len(key) > 1]:
        schema["uniqueKeys"] = others
    if references := _references(model["unique_id"], manifest):
        schema["foreignKeys"] = references
    return {
        "name": name,
        "type": "table",
        "description": " ".join(model["description"].split()),
        "path": table.paths[0] if len(table.paths) == 1 else list(table.paths),
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "rowCount": table.rows,
        "schema": schema,
    }


def _field(
    column: str, dtype: pl.DataType, model: Mapping[str, Any], keys: Iterable[Sequence[str]]
) -> dict[str, Any]:
    documented = model["columns"].get(column, {})
    held = (("required", _required(model, column)), ("unique", [column] in keys))
    constraints = {constraint: True for constraint, holds in held if holds}
    unit = next((unit for pattern, unit in _UNITS if pattern.search(column)), None)
    return {
        "name": column,
        "type": type_name(dtype),
        **({"description": documented["description"]} if documented.get("description") else {}),
        **({"unit": unit} if unit and dtype.is_numeric() else {}),
        **({"constraints": constraints} if constraints else {}),
    }


def _required(model: Mapping[str, Any], column: str) -> bool:
    """Whether the contract of the model allows no null there."""
    constraints = model["columns"].get(column, {}).get("constraints", ())
    return any(one["type"] == "not_null" for one in constraints)


def type_name(dtype: pl.DataType) -> str:
    """The standard's name of a type of Polars.

    Raises:
        ValueError: If a table has a type that the standard has no name for.
    """
    for names, is_it in (
        ("integer", dtype.is_integer()),
        ("number", dtype.is_decimal() or dtype.is_float()),
        ("string", dtype in (pl.String, pl.Enum, pl.Categorical)),
        ("boolean", dtype == pl.Boolean),
        ("date", dtype == pl.Date),
        ("datetime", isinstance(dtype, pl.Datetime)),
    ):
        if is_it:
            return names
    raise ValueError(f"No table may have a column of type {dtype}")


def _keys(manifest: Mapping[str, Any]) -> dict[str, list[list[str]]]:
    """The keys that dbt tests, by the name of the model. The first without nulls is the primary key."""
    found: dict[str, list[list[str]]] = {}
    for test, model in _tests(manifest):
        given = test["kwargs"]
        if test["name"] == "unique":
            found.setdefault(model, []).append([given["column_name"]])
        elif test["name"] == "unique_combination":
            found.setdefault(model, []).append(list(given["columns"]))
    return found


def _references(unique_id: str, manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "fields": [test["kwargs"]["column_name"]],
            "reference": {
                "resource": re.findall(r"'([^']+)'", test["kwargs"]["to"])[-1],
                "fields": [test["kwargs"]["field"]],
            },
        }
        for test, model in _tests(manifest)
        if test["name"] == "relationships" and f".{model}" == unique_id[-len(model) - 1 :]
    ]


def _tests(manifest: Mapping[str, Any]) -> Iterable[tuple[Mapping[str, Any], str]]:
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test" and node.get("test_metadata") and node.get("attached_node"):
            yield node["test_metadata"], node["attached_node"].rpartition(".")[2]
