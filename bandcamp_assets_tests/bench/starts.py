"""How long people wait: until the definitions are loaded, and until `bandcamp ui` answers with the graph."""

from __future__ import annotations

import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from bandcamp_assets_tests.bench.usage import measure
from bandcamp_assets_tests.bench.whole import BANDCAMP

ROUNDS = 3
WAIT_SECONDS = 120.0
_QUERY = {"query": "{ assetNodes { id } }"}


def definitions_seconds(home: Path) -> float:
    """Median seconds of a process that loads the definitions and ends."""
    command = [sys.executable, "-c", "import bandcamp_assets.definitions"]
    return statistics.median(measure(command, home)[0].wall_seconds for _ in range(ROUNDS))


def ui_seconds(home: Path) -> dict[str, float]:
    """Median seconds from the start of `bandcamp ui` until it answers, and until it knows every asset."""
    answers, graphs = [], []
    for _ in range(ROUNDS):
        port = _free_port()
        started = time.perf_counter()
        process = subprocess.Popen(
            [BANDCAMP, "ui", "--port", str(port)],
            env={**os.environ, "BANDCAMP_HOME": str(home)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_for(f"http://127.0.0.1:{port}/server_info", None)
            answers.append(time.perf_counter() - started)
            _wait_for(f"http://127.0.0.1:{port}/graphql", json.dumps(_QUERY).encode())
            graphs.append(time.perf_counter() - started)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)
    return {
        "answers": round(statistics.median(answers), 1),
        "knows every asset": round(statistics.median(graphs), 1),
    }


def _wait_for(address: str, body: bytes | None) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"})  # noqa: S310 - loopback
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - loopback
                if body is None or json.load(answer)["data"]["assetNodes"]:
                    return
        except (OSError, KeyError, TypeError, ValueError):
            pass
        time.sleep(0.1)
    raise SystemExit(f"{address} does not answer")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
