"""Buckets as GCS keeps them: created as asked, in one project, with permissions that can be taken away."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path

from gcp_storage_emulator.handlers import buckets  # type: ignore[import-untyped]

from bandcamp_assets_tests.emulators.mending import replace, wrap
from bandcamp_assets_tests.emulators.permissions import granted, principal_of
from bandcamp_assets_tests.emulators.storage_errors import refuse
from bandcamp_assets_tests.emulators.storage_types import Handler, Request, Response, Storage

_MULTI_REGIONS = {"US", "EU", "ASIA"}


def apply(data: Path, project: str) -> None:
    """Puts the mends in place, for this process.

    Args:
        data: The emulator's folder, where granted permissions are looked up.
        project: The one project that exists.
    """
    wrap(buckets, "insert", as_asked)
    for name in ("insert", "ls"):
        wrap(buckets, name, lambda handler: in_project(handler, project))
    replace(buckets, "test_iam_permissions", permissions_of(data))


def as_asked(original: Handler) -> Handler:
    """A bucket is created with the location, class and settings asked for; the emulator took the name alone."""

    def insert(request: Request, response: Response, storage: Storage) -> None:
        original(request, response, storage)
        if response.status != HTTPStatus.OK:
            return
        bucket = storage.buckets[request.data["name"]]
        bucket |= {key: value for key, value in request.data.items() if key in buckets._WRITABLE_BUCKET_FIELDS}
        bucket["location"] = bucket["location"].upper()
        bucket["locationType"] = "multi-region" if bucket["location"] in _MULTI_REGIONS else "region"
        storage._write_config_to_file()
        response.json(bucket)

    return insert


def in_project(original: Handler, project: str) -> Handler:
    """Buckets are made and listed in the one project only."""

    def handle(request: Request, response: Response, storage: Storage) -> None:
        asked = request.query.get("project", [project])[0]
        if asked == project:
            original(request, response, storage)
        else:
            refuse(response, HTTPStatus.NOT_FOUND, "notFound", "The requested project was not found.")

    return handle


def permissions_of(data: Path) -> Handler:
    """`testIamPermissions` answers with those of the permissions asked for that are granted."""

    def test(request: Request, response: Response, storage: Storage) -> None:
        bucket = request.params["bucket_name"]
        if bucket not in storage.buckets:
            response.status = HTTPStatus.NOT_FOUND
            return
        held = granted(data, bucket, request.query.get("permissions", []), _principal(request))
        response.json({"kind": "storage#testIamPermissionsResponse"} | ({"permissions": held} if held else {}))

    return test


def missing_permission(data: Path, request: Request, *, replaces: bool) -> str | None:
    """The permission that a request needs and that its principal lacks on the bucket; None where it may pass.

    Args:
        data: The emulator's folder, where granted permissions are looked up.
        request: The request.
        replaces: Whether the object that it writes is there already.
    """
    bucket = request.params.get("bucket_name")
    if bucket is None or "/iam" in request.path:
        return None
    needed = _needed(request, bucket, replaces=replaces)
    held = granted(data, bucket, needed, _principal(request))
    return next((permission for permission in needed if permission not in held), None)


def _principal(request: Request) -> str:
    return principal_of(request._request_handler.headers.get("Authorization"))


def _needed(request: Request, bucket: str, *, replaces: bool) -> list[str]:
    if request.path.endswith(f"/b/{bucket}"):
        names = {"GET": "storage.buckets.get", "DELETE": "storage.buckets.delete"}
        return [names.get(request.method, "storage.buckets.update")]
    if "object_id" not in request.params and request.method == "GET":
        return ["storage.objects.list"]
    names = {"GET": "storage.objects.get", "DELETE": "storage.objects.delete", "PATCH": "storage.objects.update"}
    if request.method in names:
        return [names[request.method], *(["storage.objects.setRetention"] if _retains(request) else [])]
    return [
        "storage.objects.create",
        *(["storage.objects.delete"] if replaces else []),
        *(["storage.objects.setRetention"] if _retains(request) else []),
    ]


def _retains(request: Request) -> bool:
    """Whether a request sets until when nobody may delete an object."""
    sent = request.data if isinstance(request.data, dict) else {}
    return bool((sent.get("meta") or sent).get("retention"))
