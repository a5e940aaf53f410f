"""Where each asset lies, and whether it can be made again: metadata and tags that no run changes.

Dagster shows them beside what each run adds, so events do not repeat them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from bandcamp_assets.components.metadata import shown
from bandcamp_assets.defs.io_managers import TABLES
from bandcamp_assets.deployment.deployment import Deployment
from bandcamp_assets.report.data_package.contents import descriptor_path, table_path
from bandcamp_assets.storage.objects.keys import RAW, SALES
from bandcamp_assets.system.home import Home

DATA_TAG: Final = "bandcamp/data"
"""`delivered` cannot be made again and must be kept; `derived` can be made again from what was delivered."""

DELIVERED: Final = {"raw_sales", "feed_pages", "raw_objects"}


def tags_of(name: str) -> dict[str, str]:
    """The tags of an asset."""
    return {DATA_TAG: "delivered" if name in DELIVERED else "derived"}


def storage_of(name: str, deployment: Deployment) -> dict[str, Any]:
    """An asset's address, kind of storage and name of table, under Dagster's standard keys."""
    folder, _, table = name.rpartition("/")
    path = table_path(deployment.settings.home, table) if folder == TABLES else None
    if path := path or _paths(deployment.settings.home).get(name):
        return {"dagster/uri": path.absolute().as_uri(), "dagster/storage_kind": "file"}
    if prefix := _PREFIXES.get(name):
        where = deployment.object_store.locate(prefix.rstrip("/"))
        uri = Path(where).absolute().as_uri() if deployment.object_store.is_local else where
        return {"dagster/uri": uri, "dagster/storage_kind": deployment.kinds[name]}
    return _of_table(name, deployment)


_PREFIXES: Final = {"raw_objects": RAW, "sales_objects": SALES}


def _paths(home: Home) -> dict[str, Path]:
    lake = "staged_sales", "rejected_sales", "cleaned_sales", "duplicate_sales"
    return {name: home.lake / name for name in lake} | {
        "raw_sales": home.landing,
        "feed_pages": home.feed,
        "ledger": home.lake / "ledger.parquet",
        "sales_dashboard": home.dashboard_page,
        "dbt_docs": home.docs_page,
        "data_package": descriptor_path(home),
    }


def _of_table(name: str, deployment: Deployment) -> dict[str, Any]:
    """A table of the warehouse. dbt names its own tables; `sales` is a source of dbt's."""
    warehouse = deployment.warehouse
    found = {"dagster/uri": warehouse.uri(name), **shown(warehouse.link(name))}
    if name != "sales":
        return found
    (source,) = deployment.manifest["sources"].values()
    table = ".".join(source[part] for part in ("database", "schema", "identifier"))
    return found | {"dagster/table_name": table, "dagster/storage_kind": deployment.kinds[name]}
