"""The command's own process: how it collects garbage, is interrupted, and ends. What it does is for `main`.

How a process collects garbage and ends is left to Python elsewhere. Here its defaults cost 3 of 30 seconds of a
run on 1,000,000 rows: Dagster and dbt keep some hundred thousand objects for as long as the process lives, which
are looked at again and again.
"""

from __future__ import annotations

import atexit
import gc
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, NoReturn

from bandcamp_assets.cli.main import main

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

GARBAGE_THRESHOLDS = (100_000, 50, 100)
"""A hundred times as seldom as by default. The peak of the memory stayed the same."""

AGAIN_SECONDS = 0.05
"""How long after an interrupt that could not be raised it is sent again."""

CANNOT_WRITE = 120
"""The exit code that Python gives where what was printed can no longer be written."""


def run_command() -> NoReturn:
    """Run the command that the process was started with, and end the process."""
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    sys.unraisablehook = interrupt_again
    try:
        main()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    leave(code)


def interrupt_again(unraised: UnraisableHookArgs) -> None:
    """Ask the process to stop once more, where Python had to drop the interrupt that asked it to.

    A signal may arrive while an object is being removed. What its handler raises there goes nowhere, and the
    process would go on as if nobody had asked.
    """
    if issubclass(unraised.exc_type, Exception | SystemExit | GeneratorExit):
        sys.__unraisablehook__(unraised)
        return
    again = threading.Timer(AGAIN_SECONDS, os.kill, (os.getpid(), signal.SIGINT))
    again.daemon = True
    again.start()


def leave(code: int) -> NoReturn:
    """End the process as Python would, but leave it to the system to give back the memory."""
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:  # a process may be started with it closed
                stream.flush()
        except OSError:
            code = CANNOT_WRITE
    os._exit(code)
