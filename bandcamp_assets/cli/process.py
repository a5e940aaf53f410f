"""The command's own process: how it is interrupted, and ends. What it does is for `main`.

How a process ends is left to Python elsewhere; here it would take the objects of Dagster and dbt apart one by one.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, NoReturn

from bandcamp_assets.cli.main import main
from bandcamp_assets.memory import collect_seldom

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

AGAIN_SECONDS = 0.05
"""How long after an interrupt that could not be raised it is sent again."""

CANNOT_WRITE = 120
"""The exit code that Python gives where what was printed can no longer be written."""

NO_MEMORY_TO_SAY_SO = (
    b"error: The system gave no more memory, not even to say at what\n  where: this process\n"
    b"  what to do: close other programs or raise the limit (`ulimit -a` shows it), and run again\n"
)
"""Made beforehand: there is none to make it then."""


def run_command() -> NoReturn:
    """Run the command that the process was started with, and end the process."""
    collect_seldom()
    sys.unraisablehook = interrupt_again
    try:
        main()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except MemoryError:
        os.write(2, NO_MEMORY_TO_SAY_SO)
        code = 1
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
