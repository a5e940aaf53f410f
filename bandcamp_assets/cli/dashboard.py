"""`bandcamp dashboard`: serves the pages that people open, on the loopback address only.

Browsers follow no link from the Dagster UI to a file, so the pages need an address. They are files without
secrets; the server gives out these two, to whoever asks for them by this machine's own name.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import click

from bandcamp_assets.errors import PlatformError
from bandcamp_assets.home import Home
from bandcamp_assets.settings import Settings

LOOPBACK = "127.0.0.1"


def serve_dashboard(env: Mapping[str, str], port: int) -> None:
    """Serve until interrupted.

    Args:
        env: Where the settings are read from.
        port: On the loopback address; 0 for any that is free.

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
    with _server(home, port) as server:
        click.echo(f"The dashboard is on http://{LOOPBACK}:{server.server_port}/ (Ctrl-C stops it)")
        click.echo(f"What the tables mean: http://{LOOPBACK}:{server.server_port}/dbt_docs/")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo("Stopped.")


def _server(home: Home, port: int) -> ThreadingHTTPServer:
    pages = {"/": home.dashboard_page, "/dbt_docs/": home.docs_page}

    class Handler(_PageHandler):
        def page(self, path: str) -> Path | None:
            return pages.get(path)

    try:
        return ThreadingHTTPServer((LOOPBACK, port), Handler)
    except OSError as error:
        raise PlatformError(
            f"The port cannot be opened: {error.strerror}",
            where=f"{LOOPBACK}:{port}",
            remedy="stop the program that has it, or choose another with --port (make dashboard PORT=…)",
        ) from error


class _PageHandler(BaseHTTPRequestHandler):
    server_version = "bandcamp-dashboard"
    sys_version = ""

    def page(self, path: str) -> Path | None:
        raise NotImplementedError

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        # A name that an attacker points at this address is none of ours.
        if (self.headers.get("Host") or "").rpartition(":")[0] not in (LOOPBACK, "localhost"):
            self.send_error(HTTPStatus.FORBIDDEN)
            return
        page = self.page(self.path.partition("?")[0])
        try:
            # Read whole: a run may put a new page in its place meanwhile.
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
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Nothing: nobody reads a log of who opened a page here."""
