"""Dagster's daemon for `bandcamp ui`. It ends when its input is closed, so it does not outlive the command.

The arguments are the workspace file and the reference to the instance.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from threading import Thread

from dagster._daemon.cli import run_command

END_SECONDS = 30
"""How long it may take to end by itself."""


def _end_with_the_input() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(END_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    Thread(target=_end_with_the_input, daemon=True).start()
    _, workspace, instance = sys.argv
    run_command(["--workspace", workspace, "--instance-ref", instance, "--log-level", "info"])
