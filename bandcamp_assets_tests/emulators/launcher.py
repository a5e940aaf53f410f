"""Starts and ends one emulator as a process of its own, on a free port of 127.0.0.1 or a given one.

Killing an emulator and starting it again on the same folder and port is the point of it: both keep their
data on disk. What runs inside the processes stands in `storage` and `bigquery`; fixtures in `fixtures`.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bandcamp_assets_tests.patience import PATIENCE_SECONDS

REPOSITORY = Path(__file__).resolve().parents[2]
_TERMINATION_SECONDS = 10


class EmulatorNotStarted(RuntimeError):  # noqa: N818 - it is what happened
    """The process ended, or did not answer, before it could serve; the message ends with its log."""


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Emulator:
    """One emulator's process.

    Args:
        module: The launcher module that runs in the process.
        arguments: Its arguments beside the port.
        log: The file that takes what the process prints.
        answers_at: The path that answers once the emulator serves.
        port: The port it always listens on, also after a restart.
    """

    module: str
    arguments: Sequence[str]
    log: Path
    answers_at: str
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    @property
    def endpoint(self) -> str:
        """The base address of the emulator's HTTP API."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The id of the running process."""
        if self._process is None:
            raise RuntimeError(f"{self.module} is not running")
        return self._process.pid

    def start(self) -> Emulator:
        """Starts the process and returns when it answers."""
        if self._process is not None:
            raise RuntimeError(f"{self.module} runs already")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    self.module,
                    "--port",
                    str(self.port),
                    "--end-with-parent",
                    *self.arguments,
                ],
                cwd=REPOSITORY,
                env=_environment(),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.kill()
            raise
        return self

    def stop(self) -> None:
        """Ends the process: asks first, then kills. Nothing happens where none runs."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_TERMINATION_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._forget()

    def kill(self) -> None:
        """Ends the process as a power cut would (SIGKILL)."""
        if self._process is None:
            return
        self._process.kill()
        self._forget()

    def restart_after_kill(self) -> None:
        """Kills the process and starts it anew on the same data and the same port."""
        self.kill()
        self.start()

    def _forget(self) -> None:
        if self._process is not None:
            self._process.wait()
            if self._process.stdin is not None:
                self._process.stdin.close()
            self._process = None

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                raise EmulatorNotStarted(f"{self.module} ended while it started:\n{self._end_of_log()}")
            if _answers(self.endpoint + self.answers_at):
                return
            time.sleep(0.05)
        raise EmulatorNotStarted(f"{self.module} does not answer on port {self.port}:\n{self._end_of_log()}")

    def _end_of_log(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-30:])


def storage_emulator(folder: Path, *, project: str, port: int | None = None) -> Emulator:
    """The emulator of GCS with its objects in `folder`, not yet started."""
    return Emulator(
        module="bandcamp_assets_tests.emulators.storage",
        arguments=["--data", str(folder), "--project", project],
        log=folder.parent / f"{folder.name}.log",
        answers_at="/",
        port=free_port() if port is None else port,
    )


def bigquery_emulator(folder: Path, *, storage: Path, project: str, port: int | None = None) -> Emulator:
    """The emulator of BigQuery with its database in `folder`, not yet started.

    Args:
        folder: Where the database and the record of job requests lie.
        storage: The folder of the storage emulator that `gs://` means.
        project: The one project that exists.
        port: Where to listen; a free port if not given.
    """
    return Emulator(
        module="bandcamp_assets_tests.emulators.bigquery",
        arguments=["--data", str(folder), "--storage", str(storage), "--project", project],
        log=folder.parent / f"{folder.name}.log",
        answers_at=f"/bigquery/v2/projects/{project}/datasets",
        port=free_port() if port is None else port,
    )


def _environment() -> dict[str, str]:
    """The caller's environment without settings that reach the emulators, and with nothing that phones home."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BQEMU_", "STORAGE_"))}
    return kept | {"NO_GCE_CHECK": "true", "DO_NOT_TRACK": "1", "PYTHONUNBUFFERED": "1"}


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 - a loopback address
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
