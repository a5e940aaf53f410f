"""What the storage emulator's handlers are given, as far as the mends use it; the emulator declares no types."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol

Resource = dict[str, Any]
"""An object, a bucket or an upload as GCS's JSON writes it."""


class Request(Protocol):
    """A request whose route is known."""

    method: str
    path: str
    query: dict[str, list[str]]
    params: dict[str, str]
    data: Any
    _request_handler: Any


class Response(Protocol):
    """An answer in the making."""

    status: HTTPStatus
    _content: str | bytes

    def json(self, content: object) -> None: ...

    def __setitem__(self, header: str, value: str) -> None: ...


class Files(Protocol):
    """The emulator's folder."""

    _root: Path

    def _disk_path(self, name: str) -> Path: ...

    def write_bytes(self, name: str, content: bytes) -> None: ...


class Storage(Protocol):
    """The emulator's state."""

    buckets: dict[str, Resource]
    objects: dict[str, dict[str, Resource]]
    resumable: dict[str, Resource]
    _store: Files

    def get_file(self, bucket: str, name: str, show_error: bool) -> bytes: ...

    def get_file_obj(self, bucket: str, name: str) -> Resource: ...

    def get_resumable_byte_count(self, upload_id: str) -> int: ...

    def _write_config_to_file(self) -> None: ...


Handler = Callable[[Request, Response, Storage], None]
