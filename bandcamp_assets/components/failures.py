"""What the UI says of a step that failed: first what the command line says, then the trace.

Dagster begins the report of an unexpected exception with its own words and its own trace. It begins that of a
`dagster.Failure` with the failure's text. What is meant for people is therefore raised as one. Bugs stay as they
are.
"""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar, cast

import dagster as dg

from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.home import named_home
from bandcamp_assets.system.machine_faults import chain, machine_fault

P = ParamSpec("P")
R = TypeVar("R")


class Failed(dg.Failure):
    """A step failed for a reason that a person can fix. Retry policies treat it like any exception."""

    # Dagster shows the name of the class before the text. Without a module it is one word.
    __module__ = "builtins"

    def __init__(self, error: PlatformError) -> None:
        super().__init__(str(error))


def plain_failures(step: Callable[P, R]) -> Callable[P, R]:
    """Let a step raise what is meant for people as `Failed`, with the original error as its cause."""
    if not inspect.isgeneratorfunction(step):

        @functools.wraps(step)
        def function(*args: P.args, **kwargs: P.kwargs) -> R:
            with _as_failed():
                return step(*args, **kwargs)

        return function

    @functools.wraps(step)
    def generator(*args: P.args, **kwargs: P.kwargs) -> Iterator[Any]:
        with _as_failed():
            yield from step(*args, **kwargs)

    return cast("Callable[P, R]", generator)


@contextmanager
def _as_failed() -> Iterator[None]:
    try:
        yield
    except dg.Failure:
        raise
    except Exception as error:
        known = error if isinstance(error, PlatformError) else machine_fault(chain(error), named_home(os.environ))
        if known is None:
            raise
        raise Failed(known) from error
