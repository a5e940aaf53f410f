"""Whether a process is still the same one. Its id alone does not say so."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bandcamp_assets.system.instance.process import is_alive

needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="this system has no /proc")


def test_this_process_is_alive() -> None:
    assert is_alive(os.getpid(), time.time())


def test_a_process_that_has_ended_is_not() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()

    assert not is_alive(ended.pid, time.time())


@needs_proc
def test_a_later_process_with_the_same_id_is_another_one() -> None:
    assert not is_alive(os.getpid(), at_work_at=time.time() - 365 * 86_400)


@needs_proc
def test_a_dead_process_that_nobody_has_waited_for_is_dead() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process.stdout as output:
        output.read()  # blocks until it is gone, without reaping it
    while Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
        time.sleep(0.01)

    assert not is_alive(process.pid, time.time())
    process.wait()
