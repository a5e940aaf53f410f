"""A folder as an object store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from bandcamp_assets.storage.objects.store import StoredObject
from bandcamp_assets.system.checksums import checksum
from bandcamp_assets.system.copying import copy_file
from bandcamp_assets.system.disk import disk_error, disk_errors, replace_file
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.home import Home
from bandcamp_assets.system.scratch import scratch_folder

SHARED = -1
"""The generation of an object that shares its bytes with another file. It must be written again."""


class LocalObjectStore:
    """Objects as files below `home.objects`. Implements `ObjectStore`."""

    is_local = True

    workers = 1
    """One, as parallel writes do not make a disk faster."""

    def __init__(self, home: Home) -> None:
        self._home = home

    @property
    def place(self) -> str:
        """See `ObjectStore.place`."""
        return str(self._home.objects)

    def verify(self) -> str:
        """See `ObjectStore.verify`."""
        self._home.prepare()
        return f"{self._home.objects} can be written"

    def put(
        self, key: str, source: Path, *, crc32c: str = "", for_ever: bool = False
    ) -> tuple[StoredObject, bool]:
        """See `ObjectStore.put`. The copy is compared with the source before it is moved to its place."""
        target = self.path(key)
        wanted = crc32c or checksum(source)
        if target.is_file() and checksum(target) == wanted and not _shares_bytes(target):
            return self._object(target, wanted), False
        with scratch_folder(self._home.scratch, "put") as folder:
            copy = folder / "object"
            copy_file(source, copy)
            if checksum(copy) != wanted:
                raise PlatformError(
                    "The copy of an object differs from its source",
                    where=f"{source}, to be object {key}",
                    remedy="check that the disk is healthy, and run again",
                )
            replace_file(copy, target)
        return self._object(target, wanted), True

    protection = ""

    def protect(self, prefix: str) -> int:
        """See `ObjectStore.protect`. A folder cannot protect its files."""
        return 0

    def keys(self, prefix: str) -> list[str]:
        """See `ObjectStore.keys`."""
        root = self._home.objects
        folder = root / prefix.rpartition("/")[0]
        found = (path.relative_to(root).as_posix() for path in folder.rglob("*") if path.is_file())
        return sorted(key for key in found if key.startswith(prefix))

    def stat(self, keys: Iterable[str]) -> dict[str, StoredObject]:
        """See `ObjectStore.stat`. The generation is the modification time in nanoseconds."""
        return {key: self._object(path) for key in keys if (path := self.path(key)).is_file()}

    def versions(self, prefix: str) -> dict[str, tuple[int, int]]:
        """See `ObjectStore.versions`. The generation of an object that shares a file's bytes matches no record."""
        found = {}
        for key in self.keys(prefix):
            with suppress(FileNotFoundError):
                stat = self.path(key).stat()
                found[key] = (stat.st_size, SHARED if stat.st_nlink > 1 else stat.st_mtime_ns)
        return found

    def delete(self, key: str) -> None:
        """See `ObjectStore.delete`."""
        with disk_errors(self.path(key)):
            self.path(key).unlink(missing_ok=True)

    @contextmanager
    def readable(self, twins: Mapping[str, Path]) -> Iterator[dict[str, Path]]:
        """See `ObjectStore.readable`. Yields the objects themselves."""
        yield {key: path for key in twins if (path := self.path(key)).is_file()}

    def locate(self, key: str) -> str:
        """See `ObjectStore.locate`."""
        return str(self.path(key))

    def link(self, key: str) -> Mapping[str, Any]:
        """See `ObjectStore.link`."""
        return {}

    def path(self, key: str) -> Path:
        """The object itself, as a file."""
        return self._home.objects / key

    def _object(self, path: Path, crc32c: str | None = None) -> StoredObject:
        try:
            stat = path.stat()
            return StoredObject(path.as_uri(), stat.st_size, crc32c or checksum(path), stat.st_mtime_ns)
        except OSError as error:
            raise disk_error(error, path) from error


def _shares_bytes(path: Path) -> bool:
    """Whether the file has another hard link. Earlier versions linked raw objects to the landed files."""
    return path.stat().st_nlink > 1
