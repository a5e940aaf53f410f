"""Puts many files into a store."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType

from bandcamp_assets.storage.objects.store import ObjectStore, StoredObject
from bandcamp_assets.system.progress import Progress

NO_CHECKSUMS: Mapping[str, str] = MappingProxyType({})


def put_all(
    store: ObjectStore,
    files: Mapping[str, Path],
    *,
    crc32cs: Mapping[str, str] = NO_CHECKSUMS,
    for_ever: bool = False,
) -> dict[str, tuple[StoredObject, bool]]:
    """Put files, several at a time if the store gains by it.

    Args:
        store: The store.
        files: The files by key.
        crc32cs: Their checksums by key, if known.
        for_ever: Whether they are kept under the store's retention.

    Returns:
        By key the object, and whether it was written now.
    """
    with ThreadPoolExecutor(store.workers, thread_name_prefix="put") as pool:
        put = pool.map(
            lambda item: store.put(*item, crc32c=crc32cs.get(item[0], ""), for_ever=for_ever), files.items()
        )
        return dict(
            zip(files, Progress("objects", "objects checked or written", len(files)).over(put), strict=True)
        )
