"""The command's own process: how it is interrupted, and how it ends. `main` does the work.

The process ends without Python's own cleanup, which would destroy the objects of Dagster and dbt one by one.
"""

from __future__ import annotations

import atexit
import logging
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, NoReturn

from bandcamp_assets.cli.main import main
from bandcamp_assets.system.home import named_home
from bandcamp_assets.system.machine_faults import chain, machine_fault
from bandcamp_assets.system.memory import collect_seldom
from bandcamp_assets.system.terminal import visible

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

AGAIN_SECONDS = 0.05
"""How long to wait before an interrupt that could not be raised is sent again."""

CANNOT_WRITE = 120
"""Python's exit code if the output can no longer be written."""

LEFT_HALF_WAY = "generator ignored GeneratorExit"
"""Python's message about a step of Dagster whose event could not be stored. Its cause is reported anyway."""

_handle_error = logging.Handler.handleError
_reported: set[str] = set()

NO_MEMORY_TO_SAY_SO = (
    b"error: The system gave no more memory, not even for an error message\n  where: this process\n"
    b"  what to do: close other programs or raise the limit (`ulimit -a` shows it), and run again\n"
)
"""Built in advance, as there is no memory to build it then."""


def run_command() -> NoReturn:
    """Run the command of this process, and end the process."""
    collect_seldom()
    sys.unraisablehook, threading.excepthook = unraised, ended_thread
    logging.Handler.handleError = unlogged  # type: ignore[assignment,method-assign]
    try:
        main()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except MemoryError:
        os.write(2, NO_MEMORY_TO_SAY_SO)
        code = 1
    leave(code)


def unraised(what: UnraisableHookArgs) -> None:
    """Handle an error that Python cannot raise, because it happened while an object was being destroyed."""
    if not issubclass(what.exc_type, Exception | SystemExit | GeneratorExit):
        _interrupt_again()
    elif not _is_left_half_way(what) and not _is_reported(what.exc_value):
        sys.__unraisablehook__(what)


def ended_thread(what: threading.ExceptHookArgs) -> None:
    """Handle an error that ended a thread."""
    if not _is_reported(what.exc_value):
        threading.__excepthook__(what)


def unlogged(handler: logging.Handler, record: logging.LogRecord) -> None:
    """Handle an error that kept a line out of a log, such as that of dbt on a full disk."""
    if not _is_reported(sys.exc_info()[1]):
        _handle_error(handler, record)


def _is_left_half_way(what: UnraisableHookArgs) -> bool:
    code = getattr(what.object, "gi_code", None)
    of_dagster = code is not None and f"{os.sep}dagster{os.sep}" in code.co_filename
    return of_dagster and str(what.exc_value) == LEFT_HALF_WAY


def _is_reported(error: BaseException | None) -> bool:
    """Print a fault of the machine in one line, once. Returns whether the error was one.

    An example is a full disk when Dagster stores the last event of a step. The command's own error follows. A bug
    is not reported here, but with its stack trace.
    """
    fault = machine_fault(chain(error), named_home(os.environ)) if error else None
    if fault and fault.what not in _reported:
        _reported.add(fault.what)
        os.write(2, f"Meanwhile: {visible(fault.what)}\n".encode())
    return fault is not None


def _interrupt_again() -> None:
    """Send the interrupt to this process again, a moment later.

    A signal may arrive while an object is being destroyed. Python drops what its handler raises there, so the
    process would go on.
    """
    again = threading.Timer(AGAIN_SECONDS, os.kill, (os.getpid(), signal.SIGINT))
    again.daemon = True
    again.start()


def leave(code: int) -> NoReturn:
    """End the process as Python would, but let the system free the memory."""
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:  # it is None if the process was started with it closed
                stream.flush()
        except OSError:
            code = CANNOT_WRITE
    os._exit(code)
