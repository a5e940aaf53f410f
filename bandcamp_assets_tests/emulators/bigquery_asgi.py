"""Whole requests and whole answers over ASGI, for the mends in front of the emulator to read and change."""

from __future__ import annotations

import email
import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True)
class Request:
    """A request that has arrived whole.

    Args:
        method: The HTTP method.
        path: The path without its query.
        query: The query's values by name.
        headers: The headers by lower-case name.
        body: Its bytes.
    """

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The JSON of the body, or of the first part of an upload; empty if there is none."""
        kind = self.headers.get("content-type", "")
        text: Any = None
        if kind.startswith("multipart/"):
            parts = email.message_from_bytes(
                b"Content-Type: " + kind.encode() + b"\r\n\r\n" + self.body
            ).get_payload()
            text = parts[0].get_payload() if isinstance(parts, list) else None  # type: ignore[union-attr]
        elif kind.startswith("application/json"):
            text = self.body
        return dict(json.loads(text)) if text else {}


@dataclass
class Response:
    """An answer before it is sent."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    @classmethod
    def of_json(cls, status: int, content: Mapping[str, Any]) -> Response:
        """An answer with a JSON body."""
        return cls(status, [(b"content-type", b"application/json; charset=UTF-8")], json.dumps(content).encode())

    def replace_json(self, content: Mapping[str, Any]) -> None:
        """Sends another JSON body instead."""
        self.body = json.dumps(content).encode()

    async def send(self, send: Send) -> None:
        """Sends it."""
        kept = [(name, value) for name, value in self.headers if name.lower() != b"content-length"]
        length = [] if self.status == 204 else [(b"content-length", str(len(self.body)).encode())]
        await send({"type": "http.response.start", "status": self.status, "headers": kept + length})
        await send({"type": "http.response.body", "body": self.body})


async def receive_request(scope: Scope, receive: Receive) -> Request:
    """Reads a request to its end."""
    body, more = bytearray(), True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
    return Request(scope["method"], scope["path"], parse_qs(scope["query_string"].decode()), headers, bytes(body))


async def answer_of(application: Application, scope: Scope, body: bytes) -> Response:
    """What an application answers, whole."""
    delivered = False

    async def receive() -> Message:
        nonlocal delivered
        if delivered:
            return {"type": "http.disconnect"}
        delivered = True
        return {"type": "http.request", "body": body, "more_body": False}

    response = Response(500, [], b"")

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            response.status, response.headers = message["status"], list(message["headers"])
        else:
            response.body += message.get("body", b"")

    await application(scope, receive, send)
    return response
