"""Errors in the JSON shape of GCS; the emulator sends most of them without a body."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from bandcamp_assets_tests.emulators.storage_types import Request, Response, Storage


def error_body(status: HTTPStatus, reason: str, message: str, **details: str) -> dict[str, Any]:
    """The body of an error answer."""
    error = {"message": message, "domain": "global", "reason": reason} | details
    return {"error": {"code": status.value, "message": message, "errors": [error]}}


def refuse(response: Response, status: HTTPStatus, reason: str, message: str) -> None:
    """Answers with an error."""
    response.status = status
    response.json(error_body(status, reason, message))


def explain_missing(request: Request, response: Response, storage: Storage) -> None:
    """A 404 says whether the bucket or the object is not there."""
    if response.status != HTTPStatus.NOT_FOUND or response._content:
        return
    bucket, name = request.params.get("bucket_name"), request.params.get("object_id")
    if bucket not in storage.buckets or name is None:
        refuse(response, HTTPStatus.NOT_FOUND, "notFound", "The specified bucket does not exist.")
    else:
        refuse(response, HTTPStatus.NOT_FOUND, "notFound", f"No such object: {bucket}/{name}")
