"""Resumable uploads that survive lost requests and lost answers, as those of GCS do."""

from __future__ import annotations

from http import HTTPStatus

from gcp_storage_emulator.handlers import objects  # type: ignore[import-untyped]
from gcp_storage_emulator.storage import Storage as Emulated  # type: ignore[import-untyped]

from bandcamp_assets_tests.emulators.mending import Part, replace, wrap
from bandcamp_assets_tests.emulators.storage_types import Handler, Request, Resource, Response, Storage

_completed: dict[str, Resource] = {}
"""What finished sessions answered, by the session's id, while the process lives."""


def apply() -> None:
    """Puts the mends in place, for this process."""
    replace(objects, "_resumable_incomplete", incomplete)
    wrap(objects, "_finalize_resumable_object", remembered)
    wrap(objects, "upload_partial", answered_again)
    wrap(Emulated, "add_to_resumable_upload", without_overlap)


def incomplete(response: Response, storage: Storage, upload_id: str, fallback_end: int = 0) -> None:
    """Before the first byte there is no range to report; the emulator claimed to have one byte."""
    response.status = objects.GoogleHTTPStatus.RESUME_INCOMPLETE
    if received := storage.get_resumable_byte_count(upload_id):
        response["Range"] = f"bytes=0-{received - 1}"


def remembered(original: Part) -> Part:
    """Keeps what the last part of an upload is answered, for a client that did not get the answer."""

    def finalize(response: Response, storage: Storage, resource: Resource, data: bytes, upload_id: str) -> None:
        original(response, storage, resource, data, upload_id)
        _completed[upload_id] = resource

    return finalize


def answered_again(original: Handler) -> Handler:
    """A finished session answers with its object however often it is asked; the emulator answered 404."""

    def upload(request: Request, response: Response, storage: Storage) -> None:
        finished = _completed.get(request.query["upload_id"][0])
        if finished is None:
            original(request, response, storage)
        else:
            response.status = HTTPStatus.OK
            response.json(finished)

    return upload


def without_overlap(original: Part) -> Part:
    """Bytes sent a second time are passed over, as GCS documents; the emulator refused the whole part."""

    def add(
        storage: Storage,
        file_id: str,
        content: bytes | None,
        total_size: int | None = None,
        expected_start: int | None = None,
    ) -> bytes | None:
        received = storage.get_resumable_byte_count(file_id)
        if expected_start is not None and expected_start < received:
            content, expected_start = (content or b"")[received - expected_start :], received
        whole: bytes | None = original(
            storage, file_id, content, total_size=total_size, expected_start=expected_start
        )
        return whole

    return add
