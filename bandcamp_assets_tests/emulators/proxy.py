"""A real HTTP server that forwards to one service, records every request, and injects faults on order.

Clients are pointed at its address instead of the service's. What the faults are stands in `faults`.
"""

from __future__ import annotations

import email
import http.client
import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bandcamp_assets_tests.emulators.faults import (
    Answer,
    CorruptAnswer,
    CorruptRequest,
    Delay,
    DropAnswer,
    DropRequest,
    Effect,
    Fault,
    HalfAnAnswer,
    JobFailed,
    corrupted,
)

_ONE_CONNECTION_ONLY = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@dataclass
class RecordedRequest:
    """A request as it arrived.

    Args:
        method: The HTTP method.
        path: The path without its query.
        query: The query's values by name.
        headers: The headers by lower-case name; what authorizes is left out.
        body: The bytes that came with it.
        effect: The fault that happened to it, if any.
        status: The status that the client was answered; None if it got no answer.
    """

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes = field(repr=False)
    effect: Effect | None = None
    status: int | None = None

    @cached_property
    def json(self) -> Any:  # noqa: ANN401 - JSON is anything
        """The JSON of the body, or of the first part of an upload; None if there is none."""
        kind = self.headers.get("content-type", "")
        if kind.startswith("multipart/related"):
            message = email.message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + self.body)
            parts = message.get_payload()
            return json.loads(str(parts[0].get_payload())) if isinstance(parts, list) else None  # type: ignore[union-attr]
        return json.loads(self.body) if kind.startswith("application/json") and self.body else None


@dataclass(frozen=True)
class _UpstreamAnswer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes


class FaultProxy:
    """Forwards to one service on loopback until told to do worse.

    Args:
        upstream: The base address of the service, such as `http://127.0.0.1:9000`.
        principal: Whose token every request gets, as clients send emulators no real one; their own if not given.
    """

    def __init__(self, upstream: str, principal: str = "") -> None:
        self._upstream = upstream.rstrip("/")
        self._principal = principal
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._requests: list[RecordedRequest] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    def __enter__(self) -> FaultProxy:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def endpoint(self) -> str:
        """The base address to give to clients."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def requests(self) -> list[RecordedRequest]:
        """All requests so far, oldest first."""
        with self._lock:
            return list(self._requests)

    def inject(
        self,
        effect: Effect,
        *,
        method: str | None = None,
        path: str = "",
        skip: int = 0,
        times: int | None = 1,
    ) -> Fault:
        """From now on does this to requests that match; of several faults, the first ordered strikes.

        Args:
            effect: What happens.
            method: The HTTP method; any if not given.
            path: A regular expression found in the path with its query; any if not given.
            skip: How many matching requests pass first.
            times: How many matching requests it then happens to; None means all.

        Returns:
            The fault; its `seen` counts the requests that matched.
        """
        fault = Fault(effect, method, path, skip, times)
        with self._lock:
            self._faults.append(fault)
        return fault

    def heal(self) -> None:
        """Forgets all faults; what was recorded stays."""
        with self._lock:
            self._faults.clear()

    def _record(self, request: RecordedRequest, target: str) -> None:
        with self._lock:
            self._requests.append(request)
            request.effect = next((f.effect for f in self._faults if f.strikes(request.method, target)), None)

    def _forward(self, method: str, target: str, headers: list[tuple[str, str]], body: bytes) -> _UpstreamAnswer:
        """Sends the request on, with the client's own `Host`, so that addresses in answers lead back here."""
        address = urlsplit(self._upstream)
        connection = http.client.HTTPConnection(address.hostname or "", address.port or 80, timeout=300)
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in headers:
                if not (self._principal and name.lower() == "authorization"):
                    connection.putheader(name, value)
            if self._principal:
                connection.putheader("Authorization", f"Bearer {self._principal}")
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            return _UpstreamAnswer(response.status, self._returned(response.getheaders()), response.read())
        finally:
            connection.close()

    def _returned(self, headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
        return [
            (name, value.replace(self._upstream, self.endpoint))
            for name, value in headers
            if name.lower() not in _ONE_CONNECTION_ONLY
        ]


def _handler_of(proxy: FaultProxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self._read_body()
            address = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            headers.pop("authorization", None)
            request = RecordedRequest(self.command, address.path, parse_qs(address.query), headers, body)
            proxy._record(request, self.path)
            try:
                self._serve(request)
            except (http.client.HTTPException, OSError):
                # The service is not there, or the client has gone: neither gets an answer.
                self._drop()

        def _serve(self, request: RecordedRequest) -> None:
            effect, body = request.effect, request.body
            match effect:
                case Answer():
                    self._send(request, _own_answer(effect))
                    return
                case DropRequest():
                    self._drop()
                    return
                case Delay(seconds):
                    time.sleep(seconds)
                case CorruptRequest(at):
                    body = corrupted(body, at)
            sent = [
                (name, value) for name, value in self.headers.items() if name.lower() not in _ONE_CONNECTION_ONLY
            ]
            answer = proxy._forward(self.command, self.path, sent, body)
            match effect:
                case DropAnswer():
                    self._drop()
                case HalfAnAnswer():
                    self._send(request, answer, only=len(answer.body) // 2)
                case CorruptAnswer(at):
                    self._send(request, _UpstreamAnswer(answer.status, answer.headers, corrupted(answer.body, at)))
                case JobFailed():
                    self._send(request, _UpstreamAnswer(answer.status, answer.headers, effect.body(answer.body)))
                case _:
                    self._send(request, answer)

        def _send(self, request: RecordedRequest, answer: _UpstreamAnswer, only: int | None = None) -> None:
            request.status = answer.status
            self.send_response(answer.status)
            for name, value in answer.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body[:only])
            if only is not None:
                self._drop()

        def _drop(self) -> None:
            """Closes the connection the hard way: the client sees a reset, not an end."""
            self.close_connection = True
            self.wfile.flush()
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.shutdown(socket.SHUT_RD)

        def _read_body(self) -> bytes:
            if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
                return b"".join(iter(self._read_chunk, b""))
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))

        def _read_chunk(self) -> bytes:
            chunk = self.rfile.read(int(self.rfile.readline().split(b";")[0], 16))
            self.rfile.readline()
            return chunk

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the base class
            """Nothing: the record is what tests read."""

    handle: Callable[[Handler], None] = Handler.handle_any
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
        setattr(Handler, f"do_{method}", handle)
    return Handler


def _own_answer(answer: Answer) -> _UpstreamAnswer:
    headers = [("Content-Type", "application/json; charset=UTF-8"), *answer.headers.items()]
    return _UpstreamAnswer(answer.status, headers, answer.body())
