"""A web server on the loopback address that keeps what is posted to it and answers as told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HOOK_PATH = "/services/T0SECRET/B0SECRET?key=hidden-query-value"

NO_ANSWER = 0
"""In place of a status: the connection is closed."""


@dataclass
class WebServer:
    """The server, as the test sees and steers it.

    Attributes:
        port: Its port.
        answers: Status codes for the next requests; afterwards 200.
        bodies: What was posted and taken.
        asked: Requests, whatever the answer.
        paths: What was asked for, path and query.
        authorizations: The header that says who asks, of each request that has one.
    """

    port: int = 0
    answers: list[int] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    asked: int = 0
    paths: list[str] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The address to post to, with a secret in path and query."""
        return f"http://127.0.0.1:{self.port}{HOOK_PATH}"

    def texts(self) -> list[str]:
        """The texts of what it got, and forget them."""
        found = [body["text"] for body in self.bodies]
        self.bodies.clear()
        return found


@contextmanager
def web_server() -> Iterator[WebServer]:
    """Run the server."""
    state = WebServer()

    class Session(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            state.asked += 1
            state.paths.append(self.path)
            state.authorizations += self.headers.get_all("Authorization", [])
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = state.answers.pop(0) if state.answers else 200
            if status == 200:
                state.bodies.append(json.loads(body))
            if status == NO_ANSWER:
                self.close_connection = True
                return
            self.send_response(status)
            if status == 302:
                self.send_header("Location", f"http://127.0.0.1:{state.port}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Session)
    state.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
