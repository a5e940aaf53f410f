"""Checks that a home without raw files is empty. Otherwise a run could replace sales that nobody can rebuild."""

from __future__ import annotations

from bandcamp_assets.landing.restoring import holds_rows
from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets.state.catalog.manifest_entries import known_files
from bandcamp_assets.storage.objects import ObjectStore
from bandcamp_assets.storage.objects.keys import SALES
from bandcamp_assets.storage.warehouse import Warehouse
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.home import Home


def refuse_unknown_sales(
    home: Home, catalog: Catalog, store: ObjectStore, warehouse: Warehouse, *, is_asked_for: bool
) -> None:
    """Check that a home without raw files holds no sales either. A home whose catalog knows a file passes.

    Args:
        home: The home.
        catalog: Its catalog, restored as far as possible.
        store: The object store, which may be outside the home.
        warehouse: The warehouse, which may be outside the home.
        is_asked_for: Whether somebody named what to land. Then only the home itself is checked: a new home may
            take over a bucket and a dataset.

    Raises:
        PlatformError: If it holds sales. No table was changed.
    """
    if home.emptying.exists() or known_files(catalog):
        return
    found = _in_home(home, warehouse) or ("" if is_asked_for else _outside(store, warehouse))
    if found:
        raise PlatformError(
            f"The catalog and `landing/` hold no raw files, but {found}",
            where=str(home.root),
            remedy="restore `landing/` from a backup and run again, or start afresh with `bandcamp run --fresh`"
            " and name the source",
        )


def _in_home(home: Home, warehouse: Warehouse) -> str:
    if holds_rows(home):
        return "the lake holds sales"
    if any(path.is_file() for path in home.objects.rglob("*")):
        return "the object store holds sales or raw files"
    return _in_warehouse(warehouse) if home.warehouse.exists() else ""


def _outside(store: ObjectStore, warehouse: Warehouse) -> str:
    return "the object store holds sales" if store.keys(SALES) else _in_warehouse(warehouse)


def _in_warehouse(warehouse: Warehouse) -> str:
    rows = sum(figures.rows for figures in warehouse.figures("sales").values())
    return f"the warehouse holds {rows:,} sales" if rows else ""
