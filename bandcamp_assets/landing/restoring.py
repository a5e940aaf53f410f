"""Rebuilds a catalog that was lost, damaged, or replaced by an older copy, from landing and the lake.

Each raw file's manifest holds what is known of it. In homes of earlier versions a file may have no manifest. Its
folder, named by its checksum, then identifies it. The next plan rebuilds everything that is made from raw files.
For a raw file that is lost itself, its staged rows count.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from bandcamp_assets.contract.version import contract_version
from bandcamp_assets.lake.layout import rejected_file
from bandcamp_assets.lake.leftovers import days_held, left_out, staged_ids, staged_of
from bandcamp_assets.lake.made import StagedFile
from bandcamp_assets.landing.found_files import found_in_landing
from bandcamp_assets.sources.raw_file import RawFile
from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets.state.catalog.manifest_entries import Entry, Held, known_files, replace_all
from bandcamp_assets.state.catalog.raw_files import FOUND
from bandcamp_assets.state.catalog.soundness import is_damaged, set_aside_if_damaged
from bandcamp_assets.state.manifests import (
    Manifest,
    generation_to_go_on_from,
    is_behind,
    manifests_on_disk,
    read_manifests,
)
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.home import Home
from bandcamp_assets.system.progress import LOGGER


@dataclass(frozen=True)
class Restored:
    """The result of rebuilding the catalog.

    Attributes:
        why: What was wrong with it, as the beginning of a sentence.
        files: How many raw files it knows now.
        aside: Where the damaged catalog is kept; None if it was not damaged.
    """

    why: str
    files: int
    aside: Path | None = None

    def __str__(self) -> str:
        kept = f"; the damaged one is kept as {self.aside}" if self.aside else ""
        return f"{self.why}: it was rebuilt from {self.files:,} raw files and what the lake holds of them{kept}"


def restore_catalog(home: Home, catalog: Catalog, *, of_landing_alone: bool = False) -> Restored | None:
    """Rebuild the catalog if the files in the home show that it was lost, and log that.

    Call this while holding the pool of the lake: no other step is landing files then. A home that is being emptied
    stays as it is.

    Args:
        home: The home.
        catalog: Its catalog.
        of_landing_alone: Also rebuild where only raw files without manifests are left. A first run that was killed
            before it recorded its files leaves the same, and lands them again. So set this only where nothing else
            is landed.

    Returns:
        What was done; None if there was nothing to do.
    """
    if home.emptying.exists():
        return None
    aside = set_aside_if_damaged(home.catalog)
    why = "The catalog could not be read" if aside else _what_is_wrong(home, catalog)
    if not why and not (of_landing_alone and not known_files(catalog)):
        return None
    held = _find(home)
    if not held.entries or (not why and all(entry.file.synthetic for entry in held.entries)):
        return _logged(Restored(why, 0, aside)) if aside else None
    replace_all(catalog, held)
    return _logged(Restored(why or "The catalog was lost", len(held.entries), aside))


def must_be_restored(home: Home, catalog: Catalog) -> bool:
    """Whether the next run has to rebuild the catalog. A quick look, which takes milliseconds."""
    if home.emptying.exists():
        return False
    try:
        return is_behind(home, catalog) or (not known_files(catalog) and holds_rows(home))
    except PlatformError:
        if is_damaged(home.catalog):
            return True
        raise


def holds_rows(home: Home) -> bool:
    """Whether the lake holds anything made from raw files."""
    return bool(staged_ids(home.lake) or days_held(home.lake))


def _logged(restored: Restored) -> Restored:
    LOGGER.warning("raw_sales: %s", restored)
    return restored


def _what_is_wrong(home: Home, catalog: Catalog) -> str:
    """What is wrong with a readable catalog, as the beginning of a sentence; empty if nothing is."""
    known = known_files(catalog)
    on_disk = manifests_on_disk(home).keys()
    if not known:
        return "The catalog was lost" if on_disk or holds_rows(home) else ""
    if on_disk - known or is_behind(home, catalog):
        return "The catalog was older than the manifests in landing"
    return ""


def _find(home: Home) -> Held:
    manifests = read_manifests(home)
    entries = _settled(manifests)
    found = [file for file in found_in_landing(home) if file.file_id not in entries]
    lost = sorted(staged_ids(home.lake) - entries.keys() - {file.file_id for file in found})
    withdrawn = left_out(home.lake, [*(file.file_id for file in found), *lost])
    found = [replace(file, withdrawn_at=_now()) if file.file_id in withdrawn else file for file in found]
    # Only their rows are left. A withdrawn file does not count, so it need not be restored.
    found += [_lost(file_id, home) for file_id in lost if file_id not in withdrawn]
    ordered = _in_order(list(entries.values()), found)
    return Held(
        entries=ordered,
        staged=[staged for entry in ordered if (staged := _staged_of_lost(entry, home))],
        days=days_held(home.lake),
        generation=generation_to_go_on_from(home, manifests),
    )


def _settled(manifests: list[Manifest]) -> dict[str, Entry]:
    """The entries by file. A name that several manifests claim belongs to the latest one."""
    latest: dict[tuple[str, str], str] = {}
    for one in sorted(manifests, key=lambda one: (one.generation, one.entry.file.arrival)):
        latest |= {(name.inbox, name.name): one.entry.file.file_id for name in one.entry.deliveries}
    return {
        one.entry.file.file_id: replace(
            one.entry,
            deliveries=tuple(
                name for name in one.entry.deliveries if latest[name.inbox, name.name] == one.entry.file.file_id
            ),
        )
        for one in manifests
    }


def _lost(file_id: str, home: Home) -> RawFile:
    arrived_at = _time_of(rejected_file(home.lake, file_id))
    return RawFile(
        file_id,
        file_id,
        f"{file_id}/{file_id}",
        f"{FOUND}lake",
        synthetic=False,
        size=0,
        sha256="",
        arrived_at=arrived_at,
    )


def _in_order(manifested: list[Entry], found: list[RawFile]) -> list[Entry]:
    """All raw files in the order of arrival. Those without a manifest are sorted in by their time."""
    ordered = sorted(manifested, key=lambda entry: entry.file.arrival)
    for file in sorted(found, key=lambda file: (file.arrived_at, file.name)):
        later = (place for place, entry in enumerate(ordered) if entry.file.arrived_at > file.arrived_at)
        ordered.insert(next(later, len(ordered)), Entry(file))
    places = [entry.file.arrival for entry in ordered]
    if len(set(places)) == len(places) and 0 not in places:
        return ordered
    return [
        replace(entry, file=replace(entry.file, arrival=place)) for place, entry in enumerate(ordered, start=1)
    ]


def _staged_of_lost(entry: Entry, home: Home) -> StagedFile | None:
    """What is staged of a raw file that counts but is lost."""
    file = entry.file
    if file.withdrawn_at is not None or (home.landing / file.stored_as).is_file():
        return None
    return staged_of(home.lake, file.file_id, entry.contract or contract_version())


def _time_of(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _now() -> datetime:
    return datetime.now(UTC)
