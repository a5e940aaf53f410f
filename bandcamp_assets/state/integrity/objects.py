"""Looks at the objects that the catalog records: the cleaned days that the warehouse loads, and the archive.

Sizes and generations come first, from a listing. Where one of these has changed, or on request, the checksum is
compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bandcamp_assets.lake.layout import cleaned_file
from bandcamp_assets.state.catalog import Catalog, Layer, ObjectContent
from bandcamp_assets.state.integrity.damage import Damage, Finding, Kind, Survey
from bandcamp_assets.state.integrity.files import DAMAGED, GONE
from bandcamp_assets.state.integrity.reading import OBJECT_REMEDY
from bandcamp_assets.storage.objects import ObjectStore, raw_key, sales_key
from bandcamp_assets.storage.objects.keys import RAW, SALES
from bandcamp_assets.system.checksums import checksum
from bandcamp_assets.system.home import Home

ARCHIVE_REMEDY = "run `bandcamp run`, or materialize raw_objects: it is archived again from the landed file"

MOST_LISTED = 10_000
"""Archived files of a remote store up to which every run looks at all of them: ten listings of a thousand."""


def survey_objects(home: Home, catalog: Catalog, store: ObjectStore, *, deep: bool = False) -> Survey:
    """Look at the objects that the warehouse loads."""
    cleaned = catalog.cleaned_days()
    content = catalog.content(Layer.OBJECTS)
    days = {sales_key(day): day for day, sha256 in content.items() if sha256}
    twins = {
        key: cleaned_file(home.lake, day)
        for key, day in days.items()
        if day in cleaned and cleaned[day].sha256 == content[day]
    }
    found = Finding()
    held = store.versions(SALES)
    for key, how in _compare_objects(catalog, store, held, list(days), twins, found, deep=deep):
        found.damage.append(Damage(Kind.OBJECT, store.locate(key), how, OBJECT_REMEDY, day=days[key], key=key))
    return found.done()


def survey_archive(catalog: Catalog, store: ObjectStore, *, deep: bool) -> Survey:
    """Look at the archived raw files in the object store.

    Behind a long history only a deep look asks for all of them; others ask for those that it found damaged.
    """
    files = {raw_key(file.file_id, file.name): file for file in catalog.raw_files()}
    recorded = catalog.object_contents()
    keys = [key for key in recorded if key in files]
    if deep or are_all_listed(store, len(keys)):
        held = store.versions(RAW)
    else:
        keys = [key for key in keys if recorded[key].is_suspect]
        held = {key: (one.size, one.generation) for key in keys for one in store.stat([key]).values()}
    found = Finding()
    for key, how in _compare_objects(catalog, store, held, keys, {}, found, deep=deep):
        found.damage.append(
            Damage(Kind.ARCHIVED, store.locate(key), how, ARCHIVE_REMEDY, file_id=files[key].file_id, key=key)
        )
    return found.done()


def are_all_listed(store: ObjectStore, files: int) -> bool:
    """Whether every run looks at all of so many archived files."""
    return store.is_local or files <= MOST_LISTED


def _compare_objects(
    catalog: Catalog,
    store: ObjectStore,
    held: Mapping[str, tuple[int, int]],
    keys: list[str],
    twins: dict[str, Path],
    found: Finding,
    *,
    deep: bool,
) -> list[tuple[str, str]]:
    """The faults of objects, by key. An object without a record is compared with the file that it is a copy of."""
    recorded = catalog.object_contents()
    found.looked_at += len(keys)
    wrong = [(key, GONE) for key in keys if key not in held]
    moved = [
        key for key in keys if key in held and (deep or key not in recorded or held[key] != recorded[key].version)
    ]
    now = store.stat(moved)
    for key in moved:
        stored = now.get(key)
        if stored is None:
            wrong.append((key, GONE))
            continue
        expected = recorded[key].crc32c if key in recorded else _checksum_of(twins.get(key))
        if expected is not None and stored.crc32c != expected:
            wrong.append((key, DAMAGED))
            continue
        content = ObjectContent.of(key, stored)
        if content != recorded.get(key):
            found.objects.append(content)
    return wrong


def _checksum_of(path: Path | None) -> str | None:
    try:
        return checksum(path) if path else None
    except OSError:
        return None
