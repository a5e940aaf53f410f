"""The tables of the data package, and where their files lie in the home. Only the fact has a file for each day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from bandcamp_assets.storage.warehouse.marks import FACT
from bandcamp_assets.system.home import Home

FORMAT = "1"
"""The version of the files and of their description. Another one has all of them written again."""


def shared_models(manifest: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The models that the package holds, by name: facts, dimensions and marts, but no view, rollup or seed."""
    models = (node for node in manifest["nodes"].values() if node["resource_type"] == "model")
    return {node["name"]: node for node in sorted(models, key=_name) if _is_shared(node)}


def table_path(home: Home, table: str) -> Path:
    """The file of a table; of the fact the folder of its days."""
    return home.tables / (FACT if table == FACT else f"{table}.parquet")


def day_path(home: Home, day: date) -> Path:
    """The file of one day of the fact."""
    return table_path(home, FACT) / f"{day}.parquet"


def descriptor_path(home: Home) -> Path:
    """The description of all tables."""
    return home.tables / "datapackage.json"


def paths_of(home: Home, table: str) -> list[Path]:
    """The files of a table that exist."""
    place = table_path(home, table)
    files = sorted(place.glob("*.parquet")) if table == FACT else [place]
    return [path for path in files if path.is_file()]


def object_key(home: Home, path: Path) -> str:
    """The key under which a file of the package is in an object store."""
    return home.place_of(path)


def _is_shared(node: Mapping[str, Any]) -> bool:
    return node["config"]["materialized"] != "view" and "rollups" not in node["fqn"]


def _name(node: Mapping[str, Any]) -> str:
    return str(node["name"])
