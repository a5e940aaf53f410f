"""The command's process stops when asked. It ends with the right code, all output, and its exit functions run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bandcamp_assets_tests.homes import BANDCAMP
from bandcamp_assets_tests.patience import PATIENCE_SECONDS


def leave(code: int, before: str = "") -> subprocess.CompletedProcess[str]:
    """A process that does something and then ends."""
    script = f"import atexit\nfrom bandcamp_assets.cli.process import leave\n{before}\nleave({code})"
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
    )


@pytest.mark.parametrize("code", [0, 1, 130])
def test_it_ends_with_its_code_and_all_that_was_printed(code: int):
    done = leave(code, "print('x' * 100_000, end='')\natexit.register(print, 'the end')")

    assert done.returncode == code
    assert done.stdout == "x" * 100_000 + "the end\n"
    assert done.stderr == ""


def test_output_that_can_no_longer_be_written_changes_the_exit_code():
    script = "import sys; from bandcamp_assets.cli.process import leave; print('x'); sys.stdin.read(); leave(0)"
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdout.close()

    process.stdin.write(b"\n")
    process.stdin.close()

    assert process.wait(PATIENCE_SECONDS) == 120


@pytest.mark.parametrize(("arguments", "code"), [(["--help"], 0), (["status", "--no-such-option"], 2)])
def test_a_command_ends_with_the_code_of_its_result(arguments: list[str], code: int):
    done = subprocess.run(
        [BANDCAMP, *arguments], capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
    )

    assert done.returncode == code
    assert "Usage: bandcamp" in done.stdout + done.stderr


WITHIN_A_REMOVAL = """
import signal, sys, time
from bandcamp_assets.cli.process import unraised

class Held:
    def __del__(self):
        signal.raise_signal(signal.{signal})

signal.signal(signal.SIGTERM, signal.default_int_handler)
sys.unraisablehook = unraised
try:
    Held()
    time.sleep(60)
except KeyboardInterrupt:
    print("stopped")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_while_an_object_is_destroyed_stops_it_too(number: signal.Signals):
    script = WITHIN_A_REMOVAL.format(signal=number.name)

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
    )

    assert (done.stdout, done.stderr) == ("stopped\n", "")


WITHIN_A_QUERY = """
import sys
from bandcamp_assets.cli import main

@main.commands.command()
def ask():
    raise RuntimeError("Query interrupted")  # as DuckDB does, whenever it notices the interrupt

sys.argv = ["bandcamp", "ask"]
main.main()
"""


def test_an_interrupt_that_ends_a_query_of_the_warehouse_is_not_an_error():
    done = subprocess.run(
        [sys.executable, "-c", WITHIN_A_QUERY],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )

    assert (done.returncode, done.stderr.partition(".")[0]) == (130, "Stopped")


def test_an_error_while_an_object_is_destroyed_is_reported_as_usual():
    script = WITHIN_A_REMOVAL.replace("signal.raise_signal(signal.{signal})", "1 / 0").replace(
        "sleep(60)", "sleep(0)"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
    )

    assert done.stdout == ""
    assert "ZeroDivisionError" in done.stderr


STEPS = """
def steps():
    try:
        yield 1
    except BaseException:
        yield 2
"""
LEFT_HALF_WAY = """
import sys
from bandcamp_assets.cli.process import unraised

exec(compile({steps!r}, {file!r}, "exec"))
sys.unraisablehook = unraised
left = steps()
next(left)
del left
"""


@pytest.mark.parametrize(
    ("file", "is_reported"),
    [("/x/site-packages/dagster/_core/plan.py", False), ("/x/bandcamp_assets/run.py", True)],
)
def test_only_a_step_of_dagster_that_is_left_half_way_is_not_reported(file: str, is_reported: bool):
    script = LEFT_HALF_WAY.format(steps=STEPS, file=file)

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert ("generator ignored GeneratorExit" in done.stderr) is is_reported


FULL_LOG = """
import logging, resource, sys
from bandcamp_assets.cli import process

def main():
    log = logging.getLogger("full")
    log.addHandler(logging.FileHandler(sys.argv[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    for number in range(3):
        log.warning({line})

process.main = main
process.run_command()
"""


def test_log_lines_that_the_system_refuses_are_reported_once_in_one_line(tmp_path: Path):
    command = [sys.executable, "-c", FULL_LOG.format(line="'line'"), tmp_path / "log"]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.stderr == "Meanwhile: The file system refused: File too large\n"


def test_a_log_line_that_fails_by_a_bug_is_reported_as_usual(tmp_path: Path):
    command = [sys.executable, "-c", FULL_LOG.format(line="'%d', 'not a number'"), tmp_path / "log"]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert "Logging error" in done.stderr


IN_A_THREAD = """
import threading
from bandcamp_assets.cli.process import ended_thread

def work():
    {work}

threading.excepthook = ended_thread
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""
NO_SPACE = "raise RuntimeError('not stored') from OSError(28, 'No space left on device')"


@pytest.mark.parametrize(
    "script", [WITHIN_A_REMOVAL.replace("signal.raise_signal(signal.{signal})", "{work}"), IN_A_THREAD]
)
def test_a_fault_of_the_machine_in_the_background_is_one_line(script: str):
    script = script.replace("{work}", NO_SPACE).replace("sleep(60)", "sleep(0)")

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
    )

    assert done.stderr == "Meanwhile: The file system refused: No space left on device\n"


def test_an_error_that_ends_a_thread_is_reported_as_usual():
    script = IN_A_THREAD.replace("{work}", "1 / 0")

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
    )

    assert "ZeroDivisionError" in done.stderr


OUT_OF_MEMORY = """
from bandcamp_assets.cli import process

def main():
    raise MemoryError

process.main = main
process.run_command()
"""


def test_without_memory_even_for_an_error_message_the_command_says_so():
    done = subprocess.run(
        [sys.executable, "-c", OUT_OF_MEMORY],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )

    assert done.returncode == 1
    assert done.stderr.startswith("error: The system gave no more memory")
    assert "what to do:" in done.stderr
    assert "Traceback" not in done.stderr
