"""Compares the tables of the warehouse with the catalog's records of what they were built from."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from bandcamp_assets.lake.damage import NOT_RECORDED
from bandcamp_assets.state.catalog import Catalog, FileContent, Layer, ObjectContent, Part
from bandcamp_assets.state.integrity.damage import Damage, Finding, Kind, Survey
from bandcamp_assets.storage.objects import ObjectStore, StoredObject, sales_key
from bandcamp_assets.storage.warehouse import Warehouse
from bandcamp_assets.storage.warehouse.marks import BESIDE_THE_FACT, FACT, Marks
from bandcamp_assets.system.home import Home

OTHER = "is not as it was built: it was changed, or comes from another copy of the warehouse"
REMEDY = "run `bandcamp run`: it is rebuilt from the objects"

_LAYERS = {"sales": Layer.WAREHOUSE, FACT: Layer.FACT}


def survey_tables(catalog: Catalog, store: ObjectStore, warehouse: Warehouse, *, deep: bool) -> Survey:
    """Compare the warehouse's own marks with the catalog; with `deep` also the rows themselves.

    A warehouse without marks, as earlier versions left it, is not compared.

    Raises:
        PlatformError: If the catalog, the store or the warehouse cannot be read.
    """
    if not catalog.built_from(Part.MARKS):
        return Survey()
    marks = warehouse.marks(deep=deep) or Marks()
    found = Finding()
    for table, layer in _LAYERS.items():
        content = catalog.content(layer)
        found.looked_at += len(content)
        changed = set(marks.changed_days.get(table, ()))
        if deep and layer is Layer.WAREHOUSE:
            changed |= _rows_differ(catalog, store, warehouse, content)
        for day in _other_days(table, content, marks) | changed.intersection(content):
            found.damage.append(Damage(Kind.TABLE, f"table {table}, {day}", OTHER, REMEDY, day=day))
    for table in BESIDE_THE_FACT:
        for day in marks.changed_days.get(table, ()):
            found.damage.append(Damage(Kind.TABLE, f"table {table}, {day}", OTHER, REMEDY, day=day))
    found.damage.sort(key=lambda damage: damage.place)
    for name in marks.changed_tables:
        found.damage.append(Damage(Kind.TABLE, f"table {name}", OTHER, REMEDY))
    return found.done()


def is_touched(home: Home, catalog: Catalog) -> bool:
    """Whether the file of the local warehouse has changed in size or time since it was last found to be right.

    Runs of the daemon change it too. All rows are then read again, which takes a second for a million rows.
    """
    recorded = catalog.file_contents().get(home.place_of(home.warehouse))
    return home.warehouse.exists() and recorded != _file(home)


def note_warehouse(home: Home, catalog: Catalog) -> None:
    """Record that the file of the local warehouse is right as it is now."""
    if home.warehouse.exists():
        catalog.record_contents([_file(home)])


def _file(home: Home) -> FileContent:
    stat = home.warehouse.stat()
    return FileContent(home.place_of(home.warehouse), stat.st_size, stat.st_mtime_ns, NOT_RECORDED)


def _other_days(table: str, content: Mapping[date, str], marks: Marks) -> set[date]:
    marked = marks.content.get(table, {})
    return {day for day, made_from in content.items() if marked.get(day) != made_from}


def _rows_differ(
    catalog: Catalog, store: ObjectStore, warehouse: Warehouse, content: Mapping[date, str]
) -> set[date]:
    """The days of `sales` whose rows differ from their objects, if the objects themselves are right."""
    objects = catalog.content(Layer.OBJECTS)
    same = [day for day, sha256 in content.items() if objects.get(day) == sha256]
    recorded = catalog.object_contents()
    held = store.stat([sales_key(day) for day in same if content[day]])
    right = {
        day: held.get(sales_key(day)) if content[day] else None
        for day in same
        if not content[day] or _is_right(held.get(sales_key(day)), recorded.get(sales_key(day)))
    }
    return warehouse.changed_days(right)


def _is_right(held: StoredObject | None, recorded: ObjectContent | None) -> bool:
    return held is not None and recorded is not None and held.crc32c == recorded.crc32c


def keep_marks(catalog: Catalog, warehouse: Warehouse, days: Collection[date]) -> None:
    """Mark the days that an earlier version built. Done once; after that the warehouse is judged by its marks.

    Args:
        catalog: What the tables were built from.
        warehouse: The tables.
        days: The days on which all layers agree.
    """
    if catalog.built_from(Part.MARKS) or not warehouse.keeps_marks:
        return
    with warehouse.session():
        marks = warehouse.marks() or Marks()
        for table, layer in _LAYERS.items():
            marked = marks.content.get(table, {})
            content = catalog.content(layer)
            warehouse.mark_days(
                table, {day: made for day, made in content.items() if day in days and day not in marked}
            )
    catalog.record_built(Part.MARKS, "kept")
