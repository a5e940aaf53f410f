"""`bandcamp dashboard` listens on the loopback address only.

That of `bandcamp ui` is shown in `browser/test_dagster_ui.py`, where one is running.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from bandcamp_assets_tests.homes import BANDCAMP, TestHome
from bandcamp_assets_tests.patience import PATIENCE_SECONDS
from bandcamp_assets_tests.security.listening import listening, outside


def free_port() -> int:
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


def test_the_dashboard_listens_on_this_machine_only(tmp_path: Path):
    home = TestHome(tmp_path / "home")
    page = home.platform.settings.home.dashboard_page
    page.parent.mkdir(parents=True)
    page.write_text("<!doctype html>")
    port, log = free_port(), tmp_path / "dashboard.log"

    with started(home, log, "dashboard", "--port", str(port)) as family:
        found = wait_for(family, port, log)

    assert found == {("127.0.0.1", port)}


def test_a_socket_is_seen_and_one_that_others_can_reach_is_told_apart():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()

        assert server.getsockname() in listening(psutil.Process())
    assert outside({("0.0.0.0", 1), ("::", 2), ("192.0.2.7", 3), ("127.0.0.1", 4), ("::1", 5)}) == {  # noqa: S104
        ("0.0.0.0", 1),  # noqa: S104
        ("::", 2),
        ("192.0.2.7", 3),
    }
