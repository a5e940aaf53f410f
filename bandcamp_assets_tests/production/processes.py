"""The processes of the production profile on this machine: PostgreSQL, code server, webserver, daemon, nginx."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bandcamp_assets_tests.patience import PATIENCE_SECONDS
from bandcamp_assets_tests.production.files import PRODUCTION

DEBIAN_POSTGRES = Path("/usr/lib/postgresql")


def find_postgres() -> Path | None:
    """The folder of PostgreSQL's programs."""
    versions = sorted(DEBIAN_POSTGRES.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    found = str(versions[-1]) if versions else shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def find_nginx() -> Path | None:
    """The program nginx, which Debian keeps where only root looks."""
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    return Path(found) if found else None


def free_ports(count: int) -> list[int]:
    """Ports of the loopback address that nobody uses."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def unprivileged() -> str | None:
    """Whom to run as what refuses to run as root: Debian's user of PostgreSQL; None if this is not root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@dataclass
class Process:
    """A process of the profile, with its log."""

    name: str
    command: list[str | Path]
    environment: Mapping[str, str]
    log: Path
    user: str | None = None
    running: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start it, in a session of its own."""
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                self.command,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self.user,
                group=pwd.getpwnam(self.user).pw_gid if self.user else None,
                extra_groups=[] if self.user else None,
            )

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it and what it started, and wait for the end."""
        if self.running is None:
            return
        if self.running.poll() is None:
            self.running.send_signal(number)
            try:
                self.running.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(self.running.pid, signal.SIGKILL)
                self.running.wait(30)
        self.running = None

    def kill_all(self) -> None:
        """Kill it and all that it started, as the end of a container does."""
        assert self.running is not None
        family = psutil.Process(self.running.pid)
        for member in [*family.children(recursive=True), family]:
            member.kill()
        self.running.wait(30)
        self.running = None

    def wait_until(self, is_ready: Callable[[], bool]) -> None:
        """Wait until something holds; fail with the log if the process ends before."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not is_ready():
            ended = self.running is None or self.running.poll() is not None
            if ended or time.monotonic() > deadline:
                raise AssertionError(f"{self.name} {'ended' if ended else 'is not ready'}:\n{self.tail()}")
            time.sleep(0.1)

    def tail(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-4_000:]


def accepts(port: int) -> bool:
    """Whether something listens on a port of the loopback address."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def platform_environment(folder: Path, ports: Mapping[str, int], password: Path) -> dict[str, str]:
    """What compose.yaml sets, for processes on the loopback address."""
    return {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(folder),
        "PYTHONPATH": str(PRODUCTION.parents[1]),
        "PYTHONUNBUFFERED": "1",
        "DAGSTER_HOME": str(PRODUCTION),
        "DAGSTER_COMPUTE_LOGS": str(folder / "logs"),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "DAGSTER_POSTGRES_HOST": "127.0.0.1",
        "DAGSTER_POSTGRES_PORT": str(ports["postgres"]),
        "DAGSTER_POSTGRES_DB": "dagster",
        "DAGSTER_POSTGRES_USER": "dagster",
        "DAGSTER_POSTGRES_PASSWORD_FILE": str(password),
        "DAGSTER_CODE_SERVER_HOST": "127.0.0.1",
        "DAGSTER_CODE_SERVER_PORT": str(ports["code"]),
        "DAGSTER_WEBSERVER_PORT": str(ports["webserver"]),
        "DAGSTER_LISTEN": "127.0.0.1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
        "BANDCAMP_HOME": str(folder / "home"),
        "BANDCAMP_SOURCE": "sample",
        "BANDCAMP_SOURCE_FOLDERS": str(folder / "home" / "inbox"),
        "BANDCAMP_SAMPLE_ROWS": "1000",
    }
