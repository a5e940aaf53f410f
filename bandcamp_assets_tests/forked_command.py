"""`bandcamp` as a process that is forked from one in which everything is imported already.

A process of its own each time, with its own environment, output and exit code, but without the seconds of CPU that
importing Dagster and dbt takes. What the installed command does before `main` is left out, so where starting,
killing or talking to the process is the point, tests start the command itself.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

IMPORTED = (
    "bandcamp_assets.cli.main",
    "bandcamp_assets.cli.run",
    "dbt.cli.main",
    "dbt.adapters.duckdb.impl",
    "bandcamp_assets_tests.forked_command",
)
"""Nothing of Google's: its libraries do not outlive a fork."""

TIMEOUT_SECONDS = 300


def run_forked(arguments: Sequence[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run `bandcamp` to its end.

    Args:
        arguments: What stands behind `bandcamp` on the command line.
        environment: All of its environment variables.

    Returns:
        What `subprocess.run` would, with the output as text.

    Raises:
        subprocess.TimeoutExpired: If it does not end; it is killed.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(IMPORTED))
    with tempfile.TemporaryDirectory() as folder:
        output, errors = Path(folder, "stdout"), Path(folder, "stderr")
        process = context.Process(
            target=_command, args=(list(arguments), dict(environment), str(Path.cwd()), str(output), str(errors))
        )
        process.start()
        process.join(TIMEOUT_SECONDS)
        if process.is_alive():
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(["bandcamp", *arguments], TIMEOUT_SECONDS)
        code = process.exitcode
        process.close()
        assert code is not None
        return subprocess.CompletedProcess(
            ["bandcamp", *arguments], code, output.read_text("utf-8"), errors.read_text("utf-8")
        )


def _command(arguments: list[str], environment: dict[str, str], folder: str, output: str, errors: str) -> None:
    """The new process: its surroundings, then what the installed command calls."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for number, path in ((1, output), (2, errors)):
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - for all of the process
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False, buffering=1)  # noqa: SIM115
    sys.argv = ["bandcamp", *arguments]
    from bandcamp_assets.cli.main import main

    try:
        main()
    finally:
        # Forked processes end without these.
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
