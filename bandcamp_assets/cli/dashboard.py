"""`bandcamp dashboard`: serves the report's pages, on the loopback address only.

A browser does not follow a link from the Dagster UI to a file, so the pages need an address. They hold no secrets.
The server gives out these two files, and only to requests that use this machine's own name.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import Any

import click

from bandcamp_assets.cli.port import forwarded_host, hosts, listening
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.home import Home

CONNECTIONS = 64
"""The most open connections. One more closes the oldest, so idle connections do not keep others out."""

SILENT_SECONDS = 30
"""How long a connection may be silent."""


def serve_dashboard(env: Mapping[str, str], port: int) -> None:
    """Serve until interrupted.

    Args:
        env: The environment with the settings.
        port: The port on the loopback address; 0 for any free one.

    Raises:
        PlatformError: If there is no dashboard yet, or the port is taken.
    """
    home = Settings.from_env(env).home
    if not home.dashboard_page.exists():
        raise PlatformError(
            "There is no dashboard yet",
            where=str(home.dashboard_page),
            remedy="run `make run` (or `bandcamp run`) first, or set BANDCAMP_HOME to the home you mean",
        )
    with listening(port, "dashboard") as listener, _Server(home, listener) as server:
        address = "http://{}:{}".format(*listener.getsockname())
        click.echo(f"The dashboard is on {address}/ (Ctrl-C stops it)")
        click.echo(f"What the tables mean: {address}/dbt_docs/")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo("Stopped.")


class _Server(ThreadingHTTPServer):
    """Serves the pages of a home on an open port, with a thread for each connection."""

    def __init__(self, home: Home, listener: socket.socket) -> None:
        super().__init__(listener.getsockname(), _PageHandler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        # The dashboard names the documentation as it lies beside it in its folder.
        docs = dict.fromkeys(("/dbt_docs/", "/dbt_docs/index.html"), home.docs_page)
        self.pages = {"/": home.dashboard_page, **docs}
        port = listener.getsockname()[1]
        self.hosts = hosts(port) | {forwarded_host(os.environ, port)} - {""}
        self._open: list[socket.socket] = []  # the oldest first
        self._lock = Lock()

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as the library has it
        """Answer a connection in a new thread."""
        with self._lock:
            self._open.append(request)
            too_many = self._open[:-CONNECTIONS]
        for oldest in too_many:
            with suppress(OSError):  # it may be closed already
                oldest.shutdown(socket.SHUT_RDWR)  # its thread reads the end, and closes it
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401
        """Close a connection. The library may call this twice if it is interrupted."""
        with self._lock, suppress(ValueError):
            self._open.remove(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Report an error, except that a client hung up."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _PageHandler(BaseHTTPRequestHandler):
    server: _Server
    server_version = "bandcamp-dashboard"
    sys_version = ""
    timeout = SILENT_SECONDS

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        # An attacker may point another name at this address. Requests by such a name get nothing.
        host = self.headers.get_all("Host", [])
        if len(host) != 1 or host[0].lower() not in self.server.hosts:
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
            return
        page = self.server.pages.get(self.path.partition("?")[0])
        try:
            # Read as a whole, as a run may replace the page meanwhile.
            body = page.read_bytes() if page else None
        except FileNotFoundError:
            body = None
        if body is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("X-Frame-Options", "DENY")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Log nothing. Nobody reads a log of page views on this machine."""
