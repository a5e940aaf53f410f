"""`bandcamp ui` has its port from the first moment or not at all. Its processes always end together.

`browser/test_dagster_ui.py` tests what it shows, `browser/test_foreign_pages.py` what it refuses.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
import requests

from bandcamp_assets_tests.homes import BANDCAMP, TestHome
from bandcamp_assets_tests.patience import PATIENCE_SECONDS
from bandcamp_assets_tests.security.listening import free_port

RELOAD = """mutation { reloadRepositoryLocation(repositoryLocationName: "bandcamp") {
  __typename ... on WorkspaceLocationEntry { loadStatus locationOrLoadError { __typename } }
} }"""


@dataclass
class Started:
    """A running `bandcamp ui`."""

    home: TestHome
    process: subprocess.Popen[bytes]
    address: str
    log: Path

    def ask(self, graphql: str) -> dict:
        """Send a query to its GraphQL interface."""
        answer = requests.post(f"{self.address}/graphql", json={"query": graphql}, timeout=PATIENCE_SECONDS)
        return answer.json()["data"]

    def processes(self, name: str = "") -> list[psutil.Process]:
        """The command's process and all its descendants, even if their parents are dead."""
        return [process for process in self.home.processes() if not name or name in " ".join(process.cmdline())]

    def is_gone(self) -> bool:
        """Wait until no process is left. Code servers wait for a heartbeat for most of a minute."""
        return psutil.wait_procs(self.processes(), timeout=PATIENCE_SECONDS)[1] == []


@pytest.fixture
def ui(home: TestHome, tmp_path: Path) -> Iterator[Started]:
    port, log = free_port(), tmp_path / "ui.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [BANDCAMP, "ui", "--port", str(port)],
            env=home.environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    started = Started(home, process, f"http://127.0.0.1:{port}", log)
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        # The port answers once everything is ready. Earlier requests wait.
        while not re.search(rb"Instance is configured with the following daemons", log.read_bytes()):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
        yield started
    finally:
        home.kill_processes()
        process.wait(PATIENCE_SECONDS)


def test_it_keeps_its_port_reloads_its_graph_and_ends_with_all_its_processes(ui: Started, tmp_path: Path):
    second = TestHome(tmp_path / "other").installed_bandcamp("ui", "--port", ui.address.rpartition(":")[2])
    reloaded = ui.ask(RELOAD)["reloadRepositoryLocation"]
    ui.process.send_signal(signal.SIGTERM)

    assert (second.returncode, "Address already in use" in second.stderr) == (1, True)
    assert reloaded["loadStatus"] == "LOADED"
    assert reloaded["locationOrLoadError"]["__typename"] == "RepositoryLocation"
    assert ui.process.wait(PATIENCE_SECONDS) == 0
    assert ui.is_gone()
    assert ui.log.read_text().endswith("Stopped.\n")


@pytest.mark.long
def test_ctrl_c_ends_it_with_all_its_processes(ui: Started):
    os.killpg(ui.process.pid, signal.SIGINT)  # as a terminal does

    assert ui.process.wait(PATIENCE_SECONDS) == 0
    assert ui.is_gone()
    assert "Stopped.\n" in ui.log.read_text()


@pytest.mark.long
def test_a_daemon_that_ends_stops_the_command_and_is_reported(ui: Started):
    (daemon,) = ui.processes("ui_daemon")

    daemon.kill()

    assert ui.process.wait(PATIENCE_SECONDS) == 1
    assert "error: The daemon ended with exit code -9" in ui.log.read_text()
    assert "Traceback" not in ui.log.read_text()
    assert ui.is_gone()


@pytest.mark.long
def test_a_kill_leaves_no_daemon_and_no_code_server_behind(ui: Started):
    ui.process.kill()

    assert ui.is_gone()


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


@pytest.mark.parametrize("command", ["ui", "dashboard"])
def test_a_taken_port_is_reported_at_once_and_nothing_is_created(tmp_path: Path, taken: int, command: str):
    home = TestHome(tmp_path / "home")
    page = home.deployment.settings.home.dashboard_page
    if command == "dashboard":
        page.parent.mkdir(parents=True)
        page.write_text("")

    done = home.installed_bandcamp(command, "--port", str(taken))

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "error: The port cannot be opened: Address already in use",
        f"  where: 127.0.0.1:{taken}",
        f"  what to do: stop the program that uses it, or choose another with --port (make {command} PORT=…)",
    ]
    assert home.root.exists() == page.exists()


@pytest.mark.parametrize("command", ["ui", "dashboard"])
@pytest.mark.parametrize("port", ["99999", "65536", "-1", "http", "", "30 00"])
def test_a_wrong_port_is_reported_and_nothing_is_created(tmp_path: Path, command: str, port: str):
    home = TestHome(tmp_path / "home")

    done = home.bandcamp(command, f"--port={port}")

    assert done.returncode == 2
    assert re.search(r"^Error: Invalid value for '--port': .*\.$", done.stderr, re.MULTILINE)
    assert len(done.stderr.splitlines()) <= 4
    assert not home.root.exists()
