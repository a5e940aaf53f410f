"""Emulators start, say why they do not, and never outlive the tests that started them."""

from __future__ import annotations

import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from bandcamp_assets_tests.emulators.launcher import REPOSITORY, EmulatorNotStarted, storage_emulator
from bandcamp_assets_tests.patience import PATIENCE_SECONDS


def test_a_port_that_is_taken_is_said_with_the_log(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        emulator = storage_emulator(tmp_path / "objects", project="p", port=taken.getsockname()[1])

        with pytest.raises(EmulatorNotStarted, match="Address already in use"):
            emulator.start()


def test_a_stopped_emulator_is_gone_and_starts_again(tmp_path: Path) -> None:
    emulator = storage_emulator(tmp_path / "objects", project="p").start()
    first = emulator.pid
    emulator.stop()

    assert not psutil.pid_exists(first)
    assert emulator.start().pid != first
    emulator.stop()


def test_an_emulator_ends_when_the_process_that_started_it_is_killed(tmp_path: Path) -> None:
    program = """
        import os, signal, sys
        from pathlib import Path
        from bandcamp_assets_tests.emulators.launcher import storage_emulator
        print(storage_emulator(Path(sys.argv[1]), project="p").start().pid, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    killed = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), str(tmp_path / "objects")],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        check=False,
    )
    orphan = int(killed.stdout)

    if psutil.pid_exists(orphan):
        psutil.wait_procs([psutil.Process(orphan)], timeout=PATIENCE_SECONDS)

    assert not psutil.pid_exists(orphan) or psutil.Process(orphan).status() == psutil.STATUS_ZOMBIE
