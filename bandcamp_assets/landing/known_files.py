"""Recognizes what has landed before, so that it is neither fetched nor read again.

`arrival` lands what is not known. What a file's bytes are is for `recognition`.
"""

from __future__ import annotations

from dataclasses import replace

from bandcamp_assets.sources.delivery.names import shown_name
from bandcamp_assets.sources.raw_file import RawFile
from bandcamp_assets.sources.source import FileSource
from bandcamp_assets.state.catalog import Catalog, Delivery
from bandcamp_assets.state.catalog.deliveries import SOURCES
from bandcamp_assets.system.checksums import sha256_of
from bandcamp_assets.system.disk import disk_errors
from bandcamp_assets.system.home import Home

SETTLED_SECONDS = 2
"""The coarsest clock of a file system. A file that changes twice within it may keep its time."""


def known_by_origin(origin: str, catalog: Catalog) -> RawFile | None:
    """A sample or archive that has landed before. Not for a user's file, which may have changed under its path."""
    return next((file for file in catalog.raw_files() if file.origin == origin), None)


def known_by_delivery(delivery: Delivery, home: Home, catalog: Catalog) -> RawFile | None:
    """The raw file of a user's file that was named before and has kept its size, time and inode since."""
    earlier = catalog.deliveries(SOURCES).get(delivery.name)
    known = catalog.raw_file(earlier.file_id) if earlier else None
    if known is None or not was_delivered(delivery, known, catalog) or not _had_settled(delivery, known):
        return None
    return known if is_as_recorded(known, home, catalog) else None


def _had_settled(delivery: Delivery, file: RawFile) -> bool:
    """Whether a file was left alone before it arrived. Otherwise a later write may have kept its time."""
    changed_ns = int(delivery.version.partition("-")[0])
    return changed_ns / 1e9 + SETTLED_SECONDS <= file.arrived_at.timestamp()


def was_delivered(delivery: Delivery | None, known: RawFile, catalog: Catalog) -> bool:
    """Whether the same unchanged file was named before. Repeating a command must not undo a correction."""
    if delivery is None:
        return False
    return catalog.deliveries(SOURCES).get(delivery.name) == replace(delivery, file_id=known.file_id)


def delivery_of(source: FileSource) -> Delivery:
    """A user's file as it is now. Naming an unchanged file again is not a new delivery."""
    with disk_errors(source.path):
        status = source.path.stat()
    return Delivery(SOURCES, shown_name(str(source.path)), status.st_size, f"{status.st_mtime_ns}-{status.st_ino}")


def is_as_recorded(file: RawFile, home: Home, catalog: Catalog) -> bool:
    """Whether the landing folder holds a raw file, by the recorded size and time; without these, by its bytes."""
    path = home.landing / file.stored_as
    recorded = catalog.file_contents().get(home.place_of(path))
    if recorded and path.is_file():
        stat = path.stat()
        if stat.st_size == recorded.size == file.size and stat.st_mtime_ns == recorded.changed_ns:
            return True
    return is_whole(file, home)


def is_whole(file: RawFile, home: Home) -> bool:
    """Whether the landing folder holds a raw file as it arrived, by size and checksum."""
    path = home.landing / file.stored_as
    return path.is_file() and path.stat().st_size == file.size and sha256_of(path) == file.sha256
