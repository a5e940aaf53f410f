"""What is asked of every request about an object before and after the emulator handles it.

Before: permissions, preconditions and generations. After: errors have a body.
"""

from __future__ import annotations

from email.message import Message
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from gcp_storage_emulator import server  # type: ignore[import-untyped]
from gcp_storage_emulator.exceptions import NotFound  # type: ignore[import-untyped]
from gcp_storage_emulator.handlers import buckets, objects  # type: ignore[import-untyped]

from bandcamp_assets_tests.emulators.mending import Part, wrap
from bandcamp_assets_tests.emulators.storage_buckets import missing_permission
from bandcamp_assets_tests.emulators.storage_errors import error_body, explain_missing, refuse
from bandcamp_assets_tests.emulators.storage_preconditions import Refusal, refusal, wrong_generation
from bandcamp_assets_tests.emulators.storage_types import Handler, Request, Resource, Response, Storage


def apply(data: Path) -> None:
    """Wraps the handlers that are there now; to be applied after the mends that replace handlers.

    Args:
        data: The emulator's folder, where granted permissions are looked up.
    """
    server.HANDLERS = tuple(
        (pattern, {method: guarded(_current(handler), data) for method, handler in handlers.items()})
        for pattern, handlers in server.HANDLERS
    )
    wrap(objects, "insert", lambda handler: guarded(handler, data))
    wrap(server, "_parse_batch_item", with_query)
    for method, handler in objects._BATCH_METHOD_HANDLERS.items():
        objects._BATCH_METHOD_HANDLERS[method] = guarded_in_batch(handler)


def guarded(original: Handler, data: Path) -> Handler:
    """Refuses what permissions and preconditions forbid, handles the rest, and explains what is missing."""

    def handle(request: Request, response: Response, storage: Storage) -> None:
        bucket, name, _source = _about(request, storage)
        replaces = name is not None and _find(storage, bucket, name) is not None
        if missing := missing_permission(data, request, replaces=replaces):
            message = f"Permission '{missing}' denied on resource (or it may not exist)."
            refuse(response, HTTPStatus.FORBIDDEN, "forbidden", message)
        elif refused := _refusal_of(request, storage):
            response.status, body = refused
            if body:
                response.json(body)
        else:
            original(request, response, storage)
            explain_missing(request, response, storage)

    return handle


def guarded_in_batch(original: Part) -> Part:
    """Refuses what preconditions forbid inside of a batch."""

    def handle(
        request: Request,
        item: Resource,
        storage: Storage,
        bucket: str,
        name: str,
        metadata: Resource | None,
        response: Response,
    ) -> bool:
        target = _find(storage, item.get("dest_bucket_name", bucket), item.get("dest_object_id", name))
        refused = refusal(item["query"], target)
        if refused is None:
            return bool(original(request, item, storage, bucket, name, metadata, response))
        status, body = refused
        objects._batch_write_json(response, f"HTTP/1.1 {status.value} {status.phrase}", body)
        return True

    return handle


def with_query(original: Part) -> Part:
    """The queries of requests in a batch are kept; the emulator's pattern drops them."""

    def parse(item: Message) -> Resource:
        target = str(item.get_payload()).splitlines()[0].split(" ")[1]
        parsed: Resource = original(item)
        return parsed | {"query": parse_qs(urlsplit(target).query)}

    return parse


def _current(handler: Part) -> Handler:
    """The handler that has taken the place of the one a route was made with."""
    module = {"buckets": buckets, "objects": objects}.get(handler.__module__.rpartition(".")[2])
    current: Handler = getattr(module, handler.__name__, handler)
    return current


def _refusal_of(request: Request, storage: Storage) -> Refusal | None:
    bucket, name, source = _about(request, storage)
    if name is None or request.path.endswith("/restore"):
        return None
    now = _find(storage, bucket, name)
    if source:
        source_now = _find(storage, *source)
        if wrong_generation(request.query, source_now, "sourceGeneration"):
            return _no_such_object(*source)
        if refused := refusal(request.query, source_now, "ifSource"):
            return refused
    elif now is not None and wrong_generation(request.query, now) and not request.query.get("softDeleted"):
        return _no_such_object(bucket, name)
    if now is None and request.method in {"GET", "DELETE", "PATCH"}:
        return None  # the handler says that it is not there
    return refusal(request.query, now)


def _about(request: Request, storage: Storage) -> tuple[str, str | None, tuple[str, str] | None]:
    """The object that a request writes or reads, and the source it copies from."""
    names = request.params
    bucket, name = names.get("bucket_name", ""), names.get("object_id")
    if "dest_object_id" in names:
        return names["dest_bucket_name"], names["dest_object_id"], (bucket, name or "")
    if name is not None or not request.query.get("uploadType"):
        return bucket, name, None
    return bucket, _uploaded_name(request, storage), None


def _uploaded_name(request: Request, storage: Storage) -> str | None:
    if "upload_id" in request.query:
        # A session that is no longer known has done its work, and answers as it did.
        session = storage.resumable.get(request.query["upload_id"][0])
        return session["name"] if session else None
    if "name" in request.query:
        return str(request.query["name"][0])
    metadata = request.data.get("meta", request.data) if isinstance(request.data, dict) else {}
    return metadata.get("name")


def _find(storage: Storage, bucket: str, name: str) -> Resource | None:
    try:
        return storage.get_file_obj(bucket, name)
    except NotFound:
        return None


def _no_such_object(bucket: str, name: str) -> Refusal:
    message = f"No such object: {bucket}/{name}"
    return HTTPStatus.NOT_FOUND, error_body(HTTPStatus.NOT_FOUND, "notFound", message)
