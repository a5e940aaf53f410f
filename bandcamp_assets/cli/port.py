"""The port on the loopback address on which a command serves. See `ui` and `dashboard` for what is served."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from bandcamp_assets.system.errors import PlatformError

LOOPBACK = "127.0.0.1"

NAMES = (LOOPBACK, "localhost", "[::1]")
"""The names of this machine for its own browsers."""


def hosts(port: int) -> set[str]:
    """The host headers that a browser on this machine sends to a port. It leaves out port 80."""
    return {f"{name}:{port}" for name in NAMES} | (set(NAMES) if port == 80 else set())


def forwarded_host(env: Mapping[str, str], port: int) -> str:
    """The name by which GitHub Codespaces forwards a port, over https and to its owner; empty elsewhere."""
    name = f"{env.get('CODESPACE_NAME', '')}-{port}.{env.get('GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN', '')}"
    return name if re.fullmatch(r"[a-z0-9][a-z0-9-]*(\.[a-z0-9-]+)+", name) else ""


@contextmanager
def listening(port: int, command: str) -> Iterator[socket.socket]:
    """Open a port on the loopback address. No other program can take it from then on.

    Args:
        port: The port; 0 for any free one.
        command: The command that needs it, such as `ui`.

    Raises:
        PlatformError: If the port cannot be opened.
    """
    with socket.socket() as listener:
        # A port that was closed a moment ago counts as free.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
            listener.listen()
        except OSError as error:
            raise PlatformError(
                f"The port cannot be opened: {error.strerror}",
                where=f"{LOOPBACK}:{port}",
                remedy=f"stop the program that uses it, or choose another with --port (make {command} PORT=…)",
            ) from error
        yield listener
