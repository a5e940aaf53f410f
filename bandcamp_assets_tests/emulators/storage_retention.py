"""Retention of single objects: until its time has come, an object is neither deleted nor replaced."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus

from gcp_storage_emulator.handlers import objects  # type: ignore[import-untyped]

from bandcamp_assets_tests.emulators.mending import replace, wrap
from bandcamp_assets_tests.emulators.storage_errors import refuse
from bandcamp_assets_tests.emulators.storage_types import Handler, Request, Resource, Response, Storage


def apply() -> None:
    """Puts the mends in place, for this process."""
    replace(objects, "_WRITABLE_FIELDS", (*objects._WRITABLE_FIELDS, "retention"))
    wrap(objects, "delete", unless_retained)


def unless_retained(original: Handler) -> Handler:
    """Refuses to delete what is retained; the emulator knew nothing of retention."""

    def delete(request: Request, response: Response, storage: Storage) -> None:
        bucket, name = request.params["bucket_name"], request.params["object_id"]
        if name in storage.objects.get(bucket, {}) and _is_retained(storage.get_file_obj(bucket, name)):
            refuse(
                response,
                HTTPStatus.FORBIDDEN,
                "retentionPolicyNotMet",
                f"Object '{bucket}/{name}' is under retention",
            )
        else:
            original(request, response, storage)

    return delete


def _is_retained(resource: Resource) -> bool:
    until = (resource.get("retention") or {}).get("retainUntilTime")
    return until is not None and datetime.fromisoformat(until) > datetime.now(UTC)
