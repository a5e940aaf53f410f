"""What the storage emulator keeps on disk survives a kill at any moment, and is written in reasonable time."""

from __future__ import annotations

import json
import uuid

from gcp_storage_emulator.exceptions import NotFound  # type: ignore[import-untyped]
from gcp_storage_emulator.handlers import objects  # type: ignore[import-untyped]
from gcp_storage_emulator.storage import Storage as Emulated  # type: ignore[import-untyped]
from gcp_storage_emulator.storage import _FileStore

from bandcamp_assets_tests.emulators import storage_objects
from bandcamp_assets_tests.emulators.mending import replace
from bandcamp_assets_tests.emulators.storage_types import Files, Storage

_KEPT = ("buckets", "objects", "resumable", "bucket_iam_policies", "soft_deleted")


def apply() -> None:
    """Puts the mends in place, for this process."""
    replace(_FileStore, "write_bytes", write_whole)
    replace(Emulated, "_write_config_to_file", write_metadata)


def write_whole(store: Files, name: str, content: bytes) -> None:
    """A file is there whole or not at all, as an object is: killed in writing, the emulator left half of one."""
    path = store._disk_path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = store._root / f".unfinished-{uuid.uuid4().hex}"
    unfinished.write_bytes(content)
    unfinished.replace(path)


def write_metadata(storage: Storage) -> None:
    """All metadata is written with each change; indented, that would take most of the time at 2,000 objects."""
    storage._store.write_bytes(".meta", json.dumps({name: getattr(storage, name) for name in _KEPT}).encode())


def recover(storage: Storage) -> None:
    """Brings metadata and files together after a kill between the two writes of a change.

    An object that was being replaced has its new bytes and becomes a new generation; bytes that never were
    an object, and objects whose bytes are gone, are removed.
    """
    for bucket, known in storage.objects.items():
        for name in list(known):
            try:
                content = storage.get_file(bucket, name, False)
            except NotFound:
                del known[name]
                continue
            _match(known[name], content)
    root = storage._store._root
    for file in [file for file in root.rglob("*") if file.is_file() and file != root / ".meta"]:
        bucket, _, name = file.relative_to(root).as_posix().partition("/")
        if not bucket.startswith("_") and name not in storage.objects.get(bucket, {}):
            file.unlink()
    storage._write_config_to_file()


def _match(resource: dict[str, str], content: bytes) -> None:
    checksum = objects._crc32c(content)
    if resource["crc32c"] != checksum:
        resource.update(crc32c=checksum, md5Hash=objects._md5(content), size=str(len(content)))
        storage_objects.stamp(resource)
