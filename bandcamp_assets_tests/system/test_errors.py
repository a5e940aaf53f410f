"""Errors that are meant for people are read again as they were written."""

from __future__ import annotations

from pathlib import Path
from traceback import TracebackException

import pytest
from dagster_shared.error import SerializableErrorInfo

from bandcamp_assets.lake.damage import DamagedFileError
from bandcamp_assets.system.errors import PlatformError

ERROR = PlatformError(
    "The disk is full: no space,\n  really", where="/data/home: a\n  b", remedy="free some space"
)


def recorded(error: BaseException) -> PlatformError | None:
    """What is read of an error as Dagster records it."""
    return PlatformError.recorded(SerializableErrorInfo.from_traceback(TracebackException.from_exception(error)))


def test_the_text_of_an_error_is_read_as_that_error() -> None:
    read = PlatformError.read(str(ERROR))

    assert read is not None
    assert (read.what, read.where, read.remedy) == (ERROR.what, ERROR.where, ERROR.remedy)


@pytest.mark.parametrize("text", ["", "It broke", "x\n  where: y", "x\n  what to do: y"])
def test_another_text_is_not_such_an_error(text: str) -> None:
    assert PlatformError.read(text) is None


def test_the_innermost_one_of_a_recorded_chain_is_found() -> None:
    inner = DamagedFileError("The file is gone", path=Path("x.parquet"), remedy="run again")
    outer = PlatformError("The step stopped", where="step", remedy="see below")
    outer.__cause__ = inner
    inner.__cause__ = ZeroDivisionError("division by zero")

    found = recorded(outer)

    assert found is not None
    assert (found.what, found.where) == ("The file is gone", "x.parquet")


def test_a_recorded_bug_is_not_such_an_error() -> None:
    assert recorded(ZeroDivisionError("division by zero")) is None
