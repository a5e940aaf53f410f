"""A terminal shows the step at work with a bar. A file gets lines only."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from contextlib import suppress

from bandcamp_assets_tests.homes import BANDCAMP
from bandcamp_assets_tests.patience import PATIENCE_SECONDS

SCRIPT = """
import os, time
from bandcamp_assets.cli.progress_bar import step_bar
from bandcamp_assets.system.progress import Progress
with step_bar() as bar:
    bar.begin("staged_sales")
    # As Dagster does for the length of a step.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    progress = Progress("staged_sales", "rows read", 2_000)
    progress(1_000)
    time.sleep(0.3)
    bar.end()
    bar.say("a line\\x1b[31m")
"""


def on_a_terminal(term: str = "xterm") -> str:
    """What a terminal of 100 columns receives of the script's standard error."""
    main, secondary = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT], stderr=secondary, env={**os.environ, "TERM": term, "COLUMNS": "100"}
    )
    os.close(secondary)
    received = b""
    with suppress(OSError):  # the end of a terminal is an error
        while read := os.read(main, 4096):
            received += read
    assert process.wait(PATIENCE_SECONDS) == 0
    os.close(main)
    return received.decode()


def test_a_terminal_shows_the_step_at_work_with_how_far_it_is() -> None:
    shown = on_a_terminal()

    assert re.search(r"staged_sales +.*1,000 of 2,000 rows read", shown)
    assert "a line\\u001b[31m" in shown
    assert shown.rfind("\x1b[?25h") > shown.rfind("\x1b[?25l"), "the cursor is hidden"


def test_a_terminal_that_cannot_move_its_cursor_gets_only_lines() -> None:
    assert on_a_terminal("dumb") == ""  # standard error was sent elsewhere meanwhile


def test_a_file_gets_only_lines() -> None:
    script = SCRIPT.replace("os.dup2", "(lambda *_: None)")

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stderr == "a line\\u001b[31m\n"


def test_the_version_is_that_of_the_package() -> None:
    done = subprocess.run([BANDCAMP, "--version"], capture_output=True, text=True, check=True)

    assert re.fullmatch(r"bandcamp, version \d+\.\d+\.\d+\n", done.stdout)
