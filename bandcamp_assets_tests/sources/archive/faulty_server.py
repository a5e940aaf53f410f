"""A real HTTP server on 127.0.0.1 that serves one file, and misbehaves as planned.

Each request takes one of the planned answers. When none is left, the server behaves well. Answers are plain
functions of the `Exchange`, so that a test reads as a list of faults.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class SeenRequest:
    """A request of the client; header names in lower case."""

    path: str
    headers: dict[str, str]


class Exchange:
    """One request and the means to answer it."""

    def __init__(self, server: FaultyServer, handler: BaseHTTPRequestHandler) -> None:
        self.server = server
        self.body = server.body
        self.etag = server.etag
        self._handler = handler

    def header(self, name: str) -> str | None:
        return self._handler.headers.get(name)

    @property
    def range_start(self) -> int | None:
        match = re.fullmatch(r"bytes=(\d+)-", self.header("Range") or "")
        return int(match[1]) if match else None

    def begin(self, status: int, **headers: str | int | None) -> None:
        """Send the status and headers. `_` in a name stands for `-`; None omits a header."""
        self._handler.send_response(status)
        for name, value in headers.items():
            if value is not None:
                self._handler.send_header(name.replace("_", "-"), str(value))
        self._handler.send_header("Connection", "close")
        self._handler.end_headers()

    def write(self, data: bytes) -> None:
        self._handler.wfile.write(data)
        self._handler.wfile.flush()

    def reset(self) -> None:
        """Break the connection so that the client sees a reset and not an end."""
        linger_not = struct.pack("ii", 1, 0)
        self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_not)
        # Both files over the socket hold it open until they are closed.
        self._handler.rfile.close()
        self._handler.connection.close()


Answer = Callable[[Exchange], None]


def honest(exchange: Exchange) -> None:
    """Serve the file, or the rest of it, as RFC 9110 says."""
    _serve(exchange, lambda data: data)


def cut_after(size_bytes: int) -> Answer:
    """Announce the whole file, send so many bytes, and close the connection."""
    return lambda exchange: _serve(exchange, lambda data: data[:size_bytes])


def reset_after(size_bytes: int) -> Answer:
    """Like `cut_after`, with a reset."""

    def answer(exchange: Exchange) -> None:
        _serve(exchange, lambda data: data[:size_bytes])
        exchange.reset()

    return answer


def ignore_range(exchange: Exchange) -> None:
    """Send the whole file, whatever was requested."""
    exchange.begin(200, Content_Length=len(exchange.body), ETag=exchange.etag)
    exchange.write(exchange.body)


def ignore_if_range(exchange: Exchange) -> None:
    """Send the rest of the present file, although the client has the beginning of another one."""
    start, size = exchange.range_start or 0, len(exchange.body)
    exchange.begin(
        206,
        Content_Length=size - start,
        Content_Range=f"bytes {start}-{size - 1}/{size}",
        ETag=exchange.etag,
    )
    exchange.write(exchange.body[start:])


def status(code: int, body: bytes = b"", **headers: str | int | None) -> Answer:
    """Answer with a status, headers and a body, whatever was requested."""

    def answer(exchange: Exchange) -> None:
        exchange.begin(code, **{"Content_Length": len(body), **headers})
        exchange.write(body)

    return answer


def chunked(*chunks: bytes, ends: bool = True) -> Answer:
    """Send chunks without announcing a size; if it does not end, without the last, empty chunk."""

    def answer(exchange: Exchange) -> None:
        exchange.begin(200, Transfer_Encoding="chunked", ETag=exchange.etag)
        for chunk in chunks:
            exchange.write(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
        if ends:
            exchange.write(b"0\r\n\r\n")

    return answer


def stall_after(size_bytes: int) -> Answer:
    """Send so many bytes, and then nothing until the server is closed or released."""

    def answer(exchange: Exchange) -> None:
        _serve(exchange, lambda data: data[:size_bytes])
        exchange.server.go_on.wait(60)

    return answer


def _serve(exchange: Exchange, tamper: Callable[[bytes], bytes]) -> None:
    body, start = exchange.body, exchange.range_start
    if start is None or exchange.header("If-Range") not in (None, exchange.etag):
        exchange.begin(200, Content_Length=len(body), ETag=exchange.etag)
        exchange.write(tamper(body))
    elif start >= len(body):
        exchange.begin(416, Content_Range=f"bytes */{len(body)}", Content_Length=0)
    else:
        exchange.begin(
            206,
            Content_Length=len(body) - start,
            Content_Range=f"bytes {start}-{len(body) - 1}/{len(body)}",
            ETag=exchange.etag,
        )
        exchange.write(tamper(body[start:]))


class FaultyServer:
    """Serves `body`; runs while it is used as a context manager."""

    def __init__(self, body: bytes, *answers: Answer) -> None:
        self.body = body
        self.answers = deque(answers)
        self.requests: list[SeenRequest] = []
        self.go_on = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.requests.append(SeenRequest(self.path, headers))
                answer = outer.answers.popleft() if outer.answers else honest
                with contextlib.suppress(ConnectionError):  # the client closed the connection, as some tests want
                    answer(Exchange(outer, self))
                self.close_connection = True

            def log_message(self, *_: object) -> None: ...

        self._server = _QuietServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.body).hexdigest()[:16]}"'

    @property
    def authority(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    @property
    def url(self) -> str:
        return f"http://{self.authority}/sales.zip"

    @property
    def asked_ranges(self) -> list[str | None]:
        return [request.headers.get("range") for request in self.requests]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.go_on.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Print nothing about connections that a test broke on purpose."""
