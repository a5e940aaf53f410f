"""The resource of an object as GCS keeps it: generations, storage class, and what was given at upload."""

from __future__ import annotations

import base64
import itertools
import time
from http import HTTPStatus

from gcp_storage_emulator.handlers import objects  # type: ignore[import-untyped]
from gcp_storage_emulator.storage import Storage as Emulated  # type: ignore[import-untyped]

from bandcamp_assets_tests.emulators.mending import Part, wrap
from bandcamp_assets_tests.emulators.storage_types import Handler, Request, Resource, Response, Storage


def apply() -> None:
    """Puts the mends in place, for this process."""
    wrap(objects, "_make_object_resource", as_given)
    wrap(objects, "download", with_its_generation)
    wrap(Emulated, "create_file", finished)


def as_given(original: Part) -> Part:
    """A new object's first metageneration is 1, also with metadata, and no storage class is invented for it."""

    def make(
        base_url: str, bucket: str, name: str, content_type: str, size: str, metadata: Resource | None = None
    ) -> Resource:
        resource: Resource = original(base_url, bucket, name, content_type, size, metadata)
        return resource | {"metageneration": "1", "storageClass": (metadata or {}).get("storageClass")}

    return make


def finished(original: Part) -> Part:
    """An object becomes one when its last byte is there: then it gets its generation and the bucket's class.

    A resumable upload got its generation when it began, so that it could be older than what it replaced.
    """

    def create(
        storage: Storage, bucket: str, name: str, content: bytes, resource: Resource, file_id: str | None = None
    ) -> None:
        if bucket in storage.buckets:
            resource["storageClass"] = resource["storageClass"] or storage.buckets[bucket]["storageClass"]
        resource["size"] = str(len(content))
        stamp(resource)
        original(storage, bucket, name, content, resource, file_id)

    return create


def with_its_generation(original: Handler) -> Handler:
    """A download says which generation it is, and has no bytes beyond the object's end."""

    def download(request: Request, response: Response, storage: Storage) -> None:
        original(request, response, storage)
        if response.status not in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
            return
        resource = storage.get_file_obj(request.params["bucket_name"], request.params["object_id"])
        if response.status == HTTPStatus.PARTIAL_CONTENT and not response._content:
            response.status = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
            response["Content-Range"] = f"bytes */{resource['size']}"
        response["X-Goog-Generation"] = resource["generation"]
        response["X-Goog-Metageneration"] = resource["metageneration"]
        response["X-Goog-Storage-Class"] = resource["storageClass"]

    return download


_since_start = itertools.count(time.time_ns() // 1000)


def stamp(resource: Resource) -> None:
    """Gives an object a generation above all earlier ones, and what follows from it.

    GCS counts in microseconds; so does this, from the start of the process, and never the same twice.
    """
    generation = str(next(_since_start))
    resource["generation"] = generation
    resource["id"] = f"{resource['bucket']}/{resource['name']}/{generation}"
    resource["mediaLink"] = f"{resource['mediaLink'].split('?')[0]}?generation={generation}&alt=media"
    resource["etag"] = base64.b64encode(generation.encode()).decode()
