"""A fault of the machine within a library is one clear error of the command. A bug is not."""

from __future__ import annotations

import errno
import os
import resource
import signal
import sqlite3
from pathlib import Path

import pytest

from bandcamp_assets.cli import main
from bandcamp_assets.system.machine_faults import chain, machine_fault

HOME = Path("/somewhere")
LOST = "<function f at 0x7f> returned NULL without setting an exception"
POLARS_PANIC = (
    "called `Result::unwrap()` on an `Err` value: "
    'Os { code: 24, kind: TooManyOpenFiles, message: "Too many open files" }'
)


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (MemoryError(), "no more memory"),
        (RuntimeError("can't start new thread"), "no more memory"),
        (sqlite3.OperationalError("disk I/O error"), "disk I/O error"),
        (sqlite3.OperationalError("attempt to write a readonly database"), "readonly"),
        (OSError(errno.EMFILE, os.strerror(errno.EMFILE), "/somewhere/x"), "Too many open files"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "No space left on device"),
        (RuntimeError("[Errno 28] No space left on device\nand more"), "No space left on device"),
        (RuntimeError(POLARS_PANIC), "Too many open files"),
        (RuntimeError("Out of Memory Error: Allocation failure"), "no more memory"),
        (RuntimeError("IO Error: Could not write file x: No space left on device"), "No space left on device"),
    ],
)
def test_a_fault_of_the_machine_is_found_below_other_errors(error: Exception, what: str) -> None:
    try:
        try:
            raise error
        except Exception as cause:
            raise RuntimeError("an error of a library") from cause
    except RuntimeError as raised:
        fault = machine_fault(chain(raised), HOME)

    assert fault is not None
    assert what in fault.what
    assert "\n" not in fault.what
    assert "/somewhere" in fault.where
    assert fault.remedy


@pytest.mark.parametrize(
    "error",
    [
        KeyError("id"),
        ConnectionRefusedError(111, "refused"),
        FileNotFoundError(2, "x"),
        RuntimeError("403 Permission denied on the table sales"),
        SystemError(LOST),
    ],
)
def test_a_bug_is_not_a_fault_of_the_machine(error: Exception) -> None:
    assert machine_fault(chain(error), HOME) is None


def test_an_error_that_python_lost_under_a_limit_is_a_fault_of_the_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _kind: (2**30, resource.RLIM_INFINITY))

    fault = machine_fault(chain(SystemError(LOST)), HOME)

    assert fault is not None
    assert "no more memory" in fault.what


class PanicException(BaseException):
    """A panic of a Rust library, as Python raises it."""


def test_a_panic_of_a_library_is_one_clear_error_of_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def panic(*_: object, **__: object) -> None:
        raise PanicException(POLARS_PANIC)

    monkeypatch.setattr(main, "commands", panic)
    monkeypatch.setattr(signal, "signal", lambda *_: None)

    with pytest.raises(SystemExit) as ended:
        main.main()

    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert said.startswith("error: The file system refused: Too many open files")
    assert "what to do: allow more open files" in said
