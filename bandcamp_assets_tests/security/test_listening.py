"""`bandcamp dashboard` listens on the loopback address only.

That of `bandcamp ui` is shown in `browser/test_dagster_ui.py`, where one is running.
"""

from __future__ import annotations

import socket
from pathlib import Path

import psutil

from bandcamp_assets_tests.homes import TestHome
from bandcamp_assets_tests.security.listening import free_port, listening, outside, started, wait_for


def test_the_dashboard_listens_on_this_machine_only(tmp_path: Path):
    home = TestHome(tmp_path / "home")
    page = home.deployment.settings.home.dashboard_page
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
