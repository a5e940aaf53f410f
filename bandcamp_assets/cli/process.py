"""The command's own process: how it collects garbage, and how it ends. What it does is the concern of `main`.

Both are Python's defaults elsewhere. Here they cost 3 of 30 seconds of a run on 1,000,000 rows: Dagster and dbt
keep some hundred thousand objects for as long as the process lives, which are looked at again and again.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from typing import NoReturn

from bandcamp_assets.cli.main import main

GARBAGE_THRESHOLDS = (100_000, 50, 100)
"""A hundred times as seldom as by default. The peak of the memory stayed the same."""

CANNOT_WRITE = 120
"""The exit code that Python gives where what was printed can no longer be written."""


def run_command() -> NoReturn:
    """Run the command that the process was started with, and end the process."""
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    try:
        main()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    leave(code)


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
