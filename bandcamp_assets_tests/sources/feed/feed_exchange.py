"""One request to the feed's server, with the right page and the means to send it or another answer."""

from __future__ import annotations

import json
import socket
import struct
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bandcamp_assets_tests.sources.feed.feed_server import FeedServer


class Exchange:
    """One request for a page, the right page, and the means to answer."""

    def __init__(
        self, server: FeedServer, handler: BaseHTTPRequestHandler, page: dict[str, Any], *, first: bool
    ) -> None:
        self.server = server
        self.page = page
        self._first = first
        self._handler = handler

    @property
    def body(self) -> bytes:
        """The page as JSON, wrapped as `get_initial` does."""
        fields = {name: value for name, value in self.page.items() if name != "events"}
        events = f"[{', '.join(event.text for event in self.page['events'])}]"
        text = f'{json.dumps(fields)[:-1]}{", " if fields else ""}"events": {events}}}'
        return (f'{{"feed_data": {text}}}' if self._first else text).encode()

    def send(self, body: bytes, code: int = 200, *, announced: int | None = None, **headers: str) -> None:
        """Answer; `_` in a header's name stands for `-`."""
        self._handler.send_response(code)
        for name, value in {"Content_Type": "application/json", **headers}.items():
            self._handler.send_header(name.replace("_", "-"), value)
        self._handler.send_header("Content-Length", str(len(body) if announced is None else announced))
        self._handler.send_header("Connection", "close")
        self._handler.end_headers()
        self.write(body)

    def write(self, data: bytes) -> None:
        self._handler.wfile.write(data)
        self._handler.wfile.flush()

    def accepts_gzip(self) -> bool:
        return "gzip" in self._handler.headers.get("Accept-Encoding", "")

    def reset(self) -> None:
        """Break the connection so that the client sees a reset and not an end."""
        self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._handler.rfile.close()
        self._handler.connection.close()
