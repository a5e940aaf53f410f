"""Whether a home without raw files is empty: else nothing may be built over what lies there."""

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
    """See that a home without raw files holds no sales either. Looks no further where the catalog knows a file.

    Args:
        home: The home.
        catalog: Its catalog, after what could be restored is.
        store: The object store, which may be another place.
        warehouse: The warehouse, which may be another place.
        is_asked_for: Whether somebody named what is to be landed. If so, what lies outside of the home is theirs
            to replace: a new home may take over a bucket and a dataset.

    Raises:
        PlatformError: If it does; all tables are as they were.
    """
    if home.emptying.exists() or known_files(catalog):
        return
    found = _in_home(home, warehouse) or ("" if is_asked_for else _outside(store, warehouse))
    if found:
        raise PlatformError(
            f"The catalog knows no raw file, and landing holds none, but {found}",
            where=str(home.root),
            remedy="put `landing/` back from a backup and run again, or start afresh with `bandcamp run --fresh`"
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
