"""Commands that serve, what they and their children listen on, and which of it another machine could reach."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path

import psutil

from bandcamp_assets_tests.homes import BANDCAMP, TestHome
from bandcamp_assets_tests.patience import PATIENCE_SECONDS


def listening(family: psutil.Process) -> set[tuple[str, int]]:
    """Address and port of everything that the process and its children listen on, for TCP and UDP."""
    found = set()
    for process in [family, *family.children(recursive=True)]:
        try:
            connections = process.net_connections(kind="inet")
        except psutil.NoSuchProcess:
            continue
        found |= {
            (each.laddr.ip, each.laddr.port)
            for each in connections
            if each.status == psutil.CONN_LISTEN or (each.type == socket.SOCK_DGRAM and not each.raddr)
        }
    return found


def outside(found: set[tuple[str, int]]) -> set[tuple[str, int]]:
    """Those that another machine could reach."""
    return {each for each in found if not ip_address(each[0]).is_loopback}


def free_port() -> int:
    """A port of the loopback address that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def started(home: TestHome, log: Path, *arguments: str) -> Iterator[psutil.Process]:
    """Run a command; at the end, it and its children are gone."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [BANDCAMP, *arguments],
            env=home.environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    family = psutil.Process(process.pid)
    try:
        yield family
    finally:
        children = family.children(recursive=True) if process.poll() is None else []
        process.send_signal(signal.SIGINT)
        _, left = psutil.wait_procs([family, *children], timeout=30)
        for each in left:
            each.kill()
        process.wait(30)


def wait_for(family: psutil.Process, port: int, log: Path) -> set[tuple[str, int]]:
    """What is listened on once the port is."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        found = listening(family) if family.is_running() and family.status() != psutil.STATUS_ZOMBIE else set()
        if any(each[1] == port for each in found):
            return found
        assert family.is_running(), log.read_text()[-3000:]
        assert time.monotonic() < deadline, log.read_text()[-3000:]
        time.sleep(0.2)
