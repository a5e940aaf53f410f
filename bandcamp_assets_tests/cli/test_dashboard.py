"""`bandcamp dashboard` as a real process, with clients that ask it for pages."""

from __future__ import annotations

import http.client
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from bandcamp_assets.cli.dashboard import CONNECTIONS, _PageHandler
from bandcamp_assets_tests.homes import BANDCAMP, TestHome
from bandcamp_assets_tests.patience import PATIENCE_SECONDS

PAGE = "<!doctype html><title>sales</title>"
DOCS = "<!doctype html><title>docs</title>"


@pytest.fixture
def home(tmp_path: Path) -> TestHome:
    home = TestHome(tmp_path / "home")
    pages = home.deployment.settings.home
    pages.docs_page.parent.mkdir(parents=True)
    pages.dashboard_page.write_text(PAGE)
    pages.docs_page.write_text(DOCS)
    (pages.root / "secret.txt").write_text("secret")
    return home


@pytest.fixture
def server(home: TestHome) -> Iterator[psutil.Process]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    server = subprocess.Popen(
        [BANDCAMP, "dashboard", "--port", str(free)], env=home.environment(), stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    assert f"http://127.0.0.1:{free}/" in server.stdout.readline()
    yield psutil.Process(server.pid)
    server.send_signal(signal.SIGINT)
    assert server.wait(PATIENCE_SECONDS) == 0
    server.stdout.close()


@pytest.fixture
def port(server: psutil.Process) -> int:
    return int(server.cmdline()[-1])


def ask(port: int, path: str, *, host: str = "", method: str = "GET") -> tuple[int, str, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    connection.putrequest(method, path, skip_host=True)
    connection.putheader("Host", host or f"127.0.0.1:{port}")
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body, dict(answer.getheaders())


def test_it_serves_both_pages_and_nothing_else(port: int):
    status, body, headers = ask(port, "/")

    assert (status, body) == (200, PAGE)
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Cache-Control"] == "no-store"
    assert ask(port, "/dbt_docs/?x=1")[:2] == (200, DOCS)
    assert ask(port, "/dbt_docs/index.html")[:2] == (200, DOCS)
    assert ask(port, "/", method="HEAD")[:2] == (200, "")
    for path in (
        "/secret.txt",
        "/../secret.txt",
        "/..%2fsecret.txt",
        "/index.html/../../secret.txt",
        "//secret.txt",
    ):
        status, body, _ = ask(port, path)
        assert status == 404
        assert "secret" not in body.replace("secret.txt", "")


def test_a_foreign_name_for_this_machine_gets_nothing(port: int):
    status, body, _ = ask(port, "/", host=f"evil.example:{port}")

    assert status == 421
    assert PAGE not in body
    assert ask(port, "/", host=f"localhost:{port}")[0] == 200
    for host in (f"127.0.0.1.evil.example:{port}", "127.0.0.1", f"localhost:{port + 1}", ":", "[::1"):
        assert ask(port, "/", host=host)[0] == 421


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT"])
def test_it_refuses_methods_that_change_something(port: int, method: str):
    assert ask(port, "/", method=method)[0] == 501


def test_who_holds_connections_and_says_nothing_keeps_nobody_out(port: int, server: psutil.Process):
    silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(4 * CONNECTIONS)]
    for one in silent[::2]:
        with suppress(OSError):
            one.send(b"GET / HTTP/1.1\r\nHost: ")

    assert ask(port, "/")[0] == 200
    # New connections close the oldest ones. Their threads end a moment later.
    deadline = time.monotonic() + PATIENCE_SECONDS
    while server.num_threads() > CONNECTIONS + 2 or server.num_fds() > CONNECTIONS + 32:
        assert time.monotonic() < deadline, (server.num_threads(), server.num_fds())
        time.sleep(0.1)
    for one in silent:
        one.close()


def test_a_connection_that_stays_silent_is_closed():
    assert 0 < _PageHandler.timeout <= 60


def test_a_new_page_is_served_at_once(home: TestHome, port: int):
    home.deployment.settings.home.dashboard_page.write_text("newer")

    assert ask(port, "/")[1] == "newer"


def test_without_a_dashboard_it_says_what_to_do(tmp_path: Path):
    done = TestHome(tmp_path / "nothing").bandcamp("dashboard", "--port", "0")

    assert done.returncode == 1
    assert "There is no dashboard yet" in done.stderr
    assert "make run" in done.stderr
