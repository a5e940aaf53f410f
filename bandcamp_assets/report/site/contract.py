"""Writes the tables as a data contract in the Open Data Contract Standard, for catalogs that read it.

The standard: https://bitol-io.github.io/open-data-contract-standard/. The contract says nothing that
`datapackage.json` does not say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from bandcamp_assets.system.package import package_version

API_VERSION = "v3.1.0"

_TYPES = {"datetime": "timestamp"}
"""Names of types that differ from those of the Data Package standard."""


def render_contract(package: Mapping[str, Any]) -> str:
    """The contract as YAML.

    Args:
        package: The description of the published tables.
    """
    contract = {
        "apiVersion": API_VERSION,
        "kind": "DataContract",
        "id": package["name"],
        "name": package["title"],
        "version": package_version(),
        "status": "active",
        "contractCreatedTs": package["created"],
        "description": {"purpose": package["description"]},
        "servers": [{"server": "files", "type": "local", "path": "./{model}.parquet", "format": "parquet"}],
        "schema": [_table(one) for one in package["resources"]],
    }
    return yaml.safe_dump(contract, sort_keys=False, allow_unicode=True, width=1_000)


def _table(table: Mapping[str, Any]) -> dict[str, Any]:
    key = table["schema"].get("primaryKey", [])
    return {
        "name": table["name"],
        "physicalType": "table",
        "logicalType": "object",
        "description": table["description"],
        "properties": [_column(one, key) for one in table["schema"]["fields"]],
    }


def _column(column: Mapping[str, Any], key: list[str]) -> dict[str, Any]:
    name = column["name"]
    constraints = column.get("constraints", {})
    return {
        "name": name,
        "logicalType": _TYPES.get(column["type"], column["type"]),
        "description": " ".join(column.get("description", "").split()),
        **({"primaryKey": True, "primaryKeyPosition": key.index(name) + 1} if name in key else {}),
        **{held: True for held in ("required", "unique") if constraints.get(held)},
        **({"customProperties": [{"property": "unit", "value": column["unit"]}]} if "unit" in column else {}),
    }
