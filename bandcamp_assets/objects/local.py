"""A folder as an object store."""

from __future__ import annotations

import shutil
from pathlib import Path

from bandcamp_assets.errors import PlatformError
from bandcamp_assets.home import Home, disk_error, replace_file, scratch_folder
from bandcamp_assets.objects.store import StoredObject, checksum


class LocalObjectStore:
    """Objects as files below `home.objects`. Implements `ObjectStore`."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def put(self, key: str, source: Path) -> tuple[StoredObject, bool]:
        """See `ObjectStore.put`. The copy is checked against the source before it takes its place."""
        wanted = checksum(source)
        present = self.get(key)
        if present and present.crc32c == wanted:
            return present, False
        with scratch_folder(self._home, "put") as folder:
            copy = folder / "object"
            shutil.copyfile(source, copy)
            if checksum(copy) != wanted:
                raise PlatformError(
                    "The copy of an object differs from its source",
                    where=f"{source}, to be object {key}",
                    remedy="see that the disk is healthy, and run again",
                )
            replace_file(copy, self.local_path(key))
        stored = self.get(key)
        assert stored is not None  # noqa: S101 - it was put there one line above
        return stored, True

    def get(self, key: str) -> StoredObject | None:
        """See `ObjectStore.get`. The generation is the time of the last change in nanoseconds."""
        path = self.local_path(key)
        try:
            stat = path.stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise disk_error(error, path) from error
        return StoredObject(path.as_uri(), stat.st_size, checksum(path), stat.st_mtime_ns)

    def delete(self, key: str) -> None:
        """See `ObjectStore.delete`."""
        self.local_path(key).unlink(missing_ok=True)

    def local_path(self, key: str) -> Path:
        """See `ObjectStore.local_path`."""
        return self._home.objects / key
