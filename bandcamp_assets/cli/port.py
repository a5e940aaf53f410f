"""The port of the loopback address that a command serves on. What it serves there: see `ui` and `dashboard`."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from bandcamp_assets.system.errors import PlatformError

LOOPBACK = "127.0.0.1"

NAMES = (LOOPBACK, "localhost", "[::1]")
"""How a browser on this machine may call it."""


def hosts(port: int) -> set[str]:
    """What a browser on this machine names as the host when it asks a port of it; 80 it leaves out."""
    return {f"{name}:{port}" for name in NAMES} | (set(NAMES) if port == 80 else set())


@contextmanager
def listening(port: int, command: str) -> Iterator[socket.socket]:
    """Take a port of the loopback address, which nobody else can have from then on.

    Args:
        port: Which one; 0 for any that is free.
        command: What wants it, such as `ui`.

    Raises:
        PlatformError: If it cannot be had.
    """
    with socket.socket() as listener:
        # One that was given up a moment ago is free.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
            listener.listen()
        except OSError as error:
            raise PlatformError(
                f"The port cannot be opened: {error.strerror}",
                where=f"{LOOPBACK}:{port}",
                remedy=f"stop the program that has it, or choose another with --port (make {command} PORT=…)",
            ) from error
        yield listener
