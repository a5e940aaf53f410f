"""The bucket's inbox: objects that others put below `inbox/`. An object appears whole, or not at all."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from google.api_core.exceptions import BadRequest, Forbidden, NotFound, PreconditionFailed
from google.cloud import storage
from google.cloud.storage.retry import DEFAULT_RETRY

from bandcamp_assets.sources.inbox import DeliveredFile, Fault, NotFetched
from bandcamp_assets.sources.litter import is_left_alone
from bandcamp_assets.storage.google_cloud.clients import storage_client
from bandcamp_assets.storage.google_cloud.errors import google_errors, message_of
from bandcamp_assets.storage.google_cloud.place import GoogleCloud

FOLDER = "inbox/"
REQUEST_SECONDS = 60


class GcsInbox:
    """Objects below `inbox/` of the deployment's prefix. Implements `Inbox`."""

    is_local = False

    def __init__(self, place: GoogleCloud) -> None:
        self._place = place
        self._prefix = f"{place.prefix}/{FOLDER}" if place.prefix else FOLDER
        self._retry = DEFAULT_RETRY.with_timeout(place.timeout_seconds)

    @property
    def place(self) -> str:
        """See `Inbox.place`."""
        return f"{self._place.bucket_uri}/{FOLDER}".rstrip("/")

    @cached_property
    def _bucket(self) -> storage.Bucket:
        return storage_client(self._place).bucket(self._place.bucket)

    def delivered_files(self) -> list[DeliveredFile]:
        """See `Inbox.delivered_files`."""
        with google_errors(self.place):
            blobs = self._bucket.client.list_blobs(
                self._bucket, prefix=self._prefix, retry=self._retry, timeout=REQUEST_SECONDS
            )
            found = [
                DeliveredFile(name, int(blob.size), str(blob.generation), blob.updated.timestamp())
                for blob in blobs
                if (name := blob.name.removeprefix(self._prefix))
                and not name.endswith("/")
                and not is_left_alone(name)
            ]
        return sorted(found, key=lambda drop: (drop.delivered_at, drop.name))

    def holds_any(self) -> bool:
        """See `Inbox.holds_any`."""
        return bool(self.delivered_files())

    def fetch(self, drop: DeliveredFile, target: Path) -> bool:
        """See `Inbox.fetch`. The client checks the bytes against the object's checksum."""
        blob = self._bucket.blob(self._prefix + drop.name)
        with google_errors(f"{self.place}/{drop.name}"):
            try:
                blob.download_to_filename(
                    str(target),
                    if_generation_match=int(drop.version),
                    checksum="crc32c",
                    retry=self._retry,
                    timeout=REQUEST_SECONDS,
                )
            except (NotFound, PreconditionFailed):
                target.unlink(missing_ok=True)
                return False
            except (Forbidden, BadRequest) as error:
                # The bucket could be listed, so only this object is refused: by its own lock or encryption key.
                target.unlink(missing_ok=True)
                what = f"Google Cloud refused: {message_of(error)}"
                raise NotFetched(Fault(what, "allow the object to be read, or upload it again")) from error
        return True
