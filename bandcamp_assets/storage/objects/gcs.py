"""A bucket of Google Cloud Storage as an object store.

Every write names the generation that it replaces. So a request that is sent again after a lost answer cannot write
twice. If two runs replace the same object, one gets an error and does not undo the other's work.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from google.api_core.exceptions import BadRequest, Forbidden, NotFound, PreconditionFailed
from google.cloud import storage
from google.cloud.storage.retry import DEFAULT_RETRY

from bandcamp_assets.storage.google_cloud.access import verify_bucket
from bandcamp_assets.storage.google_cloud.clients import storage_client
from bandcamp_assets.storage.google_cloud.console import object_link
from bandcamp_assets.storage.google_cloud.errors import google_errors, message_of
from bandcamp_assets.storage.google_cloud.place import GoogleCloud
from bandcamp_assets.storage.objects.store import StoredObject
from bandcamp_assets.system.checksums import checksum
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.home import Home
from bandcamp_assets.system.scratch import scratch_folder

CHUNK_BYTES = 16 * 2**20
"""Larger files are uploaded in pieces of this size. After a fault only the last piece is sent again."""

CLOCKS_DIFFER = timedelta(days=1)
"""An object whose retention ends so much too early is not protected again: its time is that of another clock."""

REQUEST_SECONDS = 60
"""The limit of a single request. The limit with all retries is `GoogleCloud.timeout_seconds`."""


class GcsObjectStore:
    """Objects in a bucket, below a prefix. Implements `ObjectStore`. Can be used from several threads."""

    is_local = False

    workers = 8
    """Uploads at a time. The client has ten connections."""

    def __init__(self, place: GoogleCloud, home: Home) -> None:
        self._place = place
        self._home = home
        self._lock = threading.Lock()
        self._retry = DEFAULT_RETRY.with_timeout(place.timeout_seconds)

    @cached_property
    def _bucket(self) -> storage.Bucket:
        with self._lock:
            return storage_client(self._place).bucket(self._place.bucket)

    @property
    def place(self) -> str:
        """See `ObjectStore.place`."""
        return f"{self._place.bucket_uri}  (Cloud Storage)"

    def verify(self) -> str:
        """See `ObjectStore.verify`."""
        return verify_bucket(self._bucket.client, self._place)

    def put(
        self, key: str, source: Path, *, crc32c: str = "", for_ever: bool = False
    ) -> tuple[StoredObject, bool]:
        """See `ObjectStore.put`. The service compares the checksum before the object becomes visible."""
        wanted = crc32c or checksum(source)
        present = self.stat([key]).get(key)
        if present and present.crc32c == wanted:
            return present, False  # `protect` looks at what is there already
        blob = self._blob(key, large=source.stat().st_size > CHUNK_BYTES)
        blob.storage_class = self._place.storage_class
        blob.crc32c = wanted
        if for_ever:
            self._set_retention(blob, datetime.now(UTC))
        with self._errors(key), _retention_errors(blob, is_asked_for=for_ever and self._retention_days > 0):
            try:
                blob.upload_from_filename(
                    os.fspath(source),
                    if_generation_match=present.generation if present else 0,
                    checksum="crc32c",
                    timeout=REQUEST_SECONDS,
                    retry=self._retry,
                )
            except PreconditionFailed:
                # Either our own upload, whose answer was lost, or the upload of another run.
                stored = self.stat([key]).get(key)
                if not (stored and stored.crc32c == wanted):
                    raise
                return stored, True
        return self._object(blob), True

    @property
    def protection(self) -> str:
        """See `ObjectStore.protection`."""
        return f"{self._retention_days} days" if self._retention_days else ""

    def protect(self, prefix: str) -> int:
        """See `ObjectStore.protect`. Each object is kept for the days of the setting since it was archived."""
        if not self._retention_days:
            return 0
        with self._errors(prefix):
            listed = self._bucket.client.list_blobs(
                self._bucket, prefix=self._name(prefix), timeout=REQUEST_SECONDS, retry=self._retry
            )
            bare = [blob for blob in listed if self._set_retention(blob, blob.time_created)]
        for blob in bare:
            with self._errors(blob.name), _retention_errors(blob):
                blob.patch(timeout=REQUEST_SECONDS, retry=self._retry)
        return len(bare)

    def keys(self, prefix: str) -> list[str]:
        """See `ObjectStore.keys`."""
        return sorted(self._list(prefix))

    def stat(self, keys: Iterable[str]) -> dict[str, StoredObject]:
        """See `ObjectStore.stat`. Makes one listing for several keys; to ask for one costs a 25th of a listing."""
        wanted = sorted(set(keys))
        if not wanted:
            return {}
        if len(wanted) == 1:
            return self._get(wanted[0])
        # By characters, not by path parts: days of one month share most of their key.
        listed = self._list(os.path.commonprefix([wanted[0], wanted[-1]]))  # noqa: RUF071
        return {key: listed[key] for key in wanted if key in listed}

    def versions(self, prefix: str) -> dict[str, tuple[int, int]]:
        """See `ObjectStore.versions`."""
        return {key: (held.size, held.generation) for key, held in self._list(prefix).items()}

    def delete(self, key: str) -> None:
        """See `ObjectStore.delete`. An object that another run has written meanwhile stays."""
        present = self.stat([key]).get(key)
        if present is None:
            return
        with self._errors(key):
            try:
                self._blob(key).delete(
                    if_generation_match=present.generation, timeout=REQUEST_SECONDS, retry=self._retry
                )
            except NotFound:
                return

    @contextmanager
    def readable(self, twins: Mapping[str, Path]) -> Iterator[dict[str, Path]]:
        """See `ObjectStore.readable`. Downloads only objects whose twin differs."""
        objects = self.stat(twins)
        files = {key: twin for key, twin in twins.items() if key in objects and _is_twin(objects[key], twin)}
        with scratch_folder(self._home.scratch, "get") as folder, ThreadPoolExecutor(self.workers) as pool:
            others = sorted(objects.keys() - files.keys())
            copies = pool.map(
                lambda item: self._download(item[1], objects[item[1]], folder / f"{item[0]}"), enumerate(others)
            )
            yield files | dict(zip(others, copies, strict=True))

    def locate(self, key: str) -> str:
        """See `ObjectStore.locate`."""
        return f"gs://{self._place.bucket}/{self._name(key)}"

    def link(self, key: str) -> Mapping[str, Any]:
        """See `ObjectStore.link`."""
        place = self._place
        return {"console": object_link(place.project, place.bucket, self._name(key))}

    def _download(self, key: str, held: StoredObject, path: Path) -> Path:
        with self._errors(key):
            self._blob(key).download_to_filename(
                os.fspath(path),
                if_generation_match=held.generation,
                checksum="crc32c",
                timeout=REQUEST_SECONDS,
                retry=self._retry,
            )
        return path

    @property
    def _retention_days(self) -> int:
        return self._place.raw_retention_days

    def _set_retention(self, blob: storage.Blob, since: datetime) -> bool:
        """Set until when nobody may delete an object. Returns whether that is later than before, and to come."""
        until = since + timedelta(days=self._retention_days)
        before = blob.retention.retain_until_time
        if until <= datetime.now(UTC) or (before is not None and until - before < CLOCKS_DIFFER):
            return False
        blob.retention.mode = blob.retention.mode or "Unlocked"
        blob.retention.retain_until_time = until
        return True

    def _list(self, prefix: str) -> dict[str, StoredObject]:
        with self._errors(prefix):
            blobs = self._bucket.client.list_blobs(
                self._bucket, prefix=self._name(prefix), timeout=REQUEST_SECONDS, retry=self._retry
            )
            start = len(self._name(""))
            return {blob.name[start:]: self._object(blob) for blob in blobs}

    def _get(self, key: str) -> dict[str, StoredObject]:
        with self._errors(key):
            blob = self._bucket.get_blob(self._name(key), timeout=REQUEST_SECONDS, retry=self._retry)
        return {key: self._object(blob)} if blob else {}

    def _blob(self, key: str, *, large: bool = False) -> storage.Blob:
        return self._bucket.blob(self._name(key), chunk_size=CHUNK_BYTES if large else None)

    def _name(self, key: str) -> str:
        return f"{self._place.prefix}/{key}" if self._place.prefix else key

    def _object(self, blob: storage.Blob) -> StoredObject:
        return StoredObject(f"gs://{blob.bucket.name}/{blob.name}", blob.size, blob.crc32c, blob.generation)

    @contextmanager
    def _errors(self, key: str) -> Iterator[None]:
        where = f"gs://{self._place.bucket}/{self._name(key)}"
        with google_errors(where):
            yield


@contextmanager
def _retention_errors(blob: storage.Blob, *, is_asked_for: bool = True) -> Iterator[None]:
    try:
        yield
    except (BadRequest, Forbidden) as error:
        if not is_asked_for:
            raise
        raise PlatformError(
            f"The raw file cannot be archived so that nobody can delete it: {message_of(error)}",
            where=f"gs://{blob.bucket.name}/{blob.name}",
            remedy="enable object retention on the bucket and grant storage.objects.create and"
            " storage.objects.setRetention (in infra/terraform: object_retention_enabled), or set"
            " BANDCAMP_GCP_RAW_RETENTION_DAYS to 0",
        ) from error


def _is_twin(held: StoredObject, file: Path) -> bool:
    return file.is_file() and file.stat().st_size == held.size and checksum(file) == held.crc32c
