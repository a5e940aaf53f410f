"""A real Dask cluster on loopback: a scheduler and workers as processes, on free ports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bandcamp_assets_tests.patience import PATIENCE_SECONDS

DASK = Path(sys.executable).with_name("dask")
ROOT = Path(__file__).parents[2]


@dataclass
class Cluster:
    """A scheduler and its workers.

    Attributes:
        folder: For the files of the processes.
        address: Where the scheduler listens.
        scheduler: Its process.
        workers: Processes of the workers, in the order of their start.
    """

    folder: Path
    address: str = ""
    scheduler: subprocess.Popen[bytes] | None = None
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start_scheduler(self, **environment: str) -> None:
        found = self.folder / "scheduler.json"
        self.scheduler = self._start("scheduler", "--port", "0", "--scheduler-file", str(found), **environment)
        self.address = str(_wait_for_json(found, self.scheduler)["address"])

    def start_worker(self, **environment: str) -> subprocess.Popen[bytes]:
        """Start a worker with one thread, as a process that no nanny restarts."""
        worker = self._start(
            *("worker", self.address, "--nthreads", "1", "--no-nanny", "--memory-limit", "0"),
            *("--local-directory", str(self.folder), "--death-timeout", "60"),
            **environment,
        )
        self.workers.append(worker)
        return worker

    def _start(self, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{arguments[0]}-{time.monotonic_ns()}.log").open("wb") as log:
            return subprocess.Popen(
                [DASK, *arguments, "--host", "127.0.0.1", "--no-dashboard"],
                cwd=self.folder,
                env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
                stdout=log,
                stderr=log,
            )

    def stop(self) -> None:
        """End every process."""
        started = [process for process in (*self.workers, self.scheduler) if process]
        for process in started:
            process.kill()
        for process in started:
            process.wait()


def _wait_for_json(path: Path, process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """Wait until a process has written a file completely, and read it."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while True:
        with suppress(FileNotFoundError, json.JSONDecodeError):
            found: dict[str, Any] = json.loads(path.read_text())
            return found
        said = "\n".join(log.read_text() for log in path.parent.glob("*.log"))
        assert process.poll() is None, f"the process ended: {said}"
        assert time.monotonic() < give_up, f"{path} was not written: {said}"
        time.sleep(0.05)


@contextmanager
def cluster(folder: Path, *, workers: int, **environment: str) -> Iterator[Cluster]:
    """Start a cluster, with this environment for its scheduler, and end it whatever happens."""
    folder.mkdir(parents=True, exist_ok=True)
    started = Cluster(folder)
    try:
        started.start_scheduler(**environment)
        for _ in range(workers):
            started.start_worker()
        yield started
    finally:
        started.stop()
