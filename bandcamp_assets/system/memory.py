"""How memory is given back, where the defaults of Python and of Polars cost more than they free.

Dagster and dbt make some hundred thousand objects when they are loaded and keep them for as long as the process
lives. By default Python looks at all of them again and again: a sixth of the time of loading, and 3 of 30 seconds
of a run on 1,000,000 rows. Polars gives memory back to the system after half a second and soon asks for it again:
an eighth of the time of staging, for a peak that is 50 MiB lower.
"""

from __future__ import annotations

import atexit
import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager

SELDOM = (100_000, 50, 100)
"""Thresholds a hundred times as high as the default ones. The peak of the memory stayed the same."""

POLARS = "background_thread:true,dirty_decay_ms:5000"
"""Settings of Polars' allocator (jemalloc): memory goes back after five seconds, and from a thread of its own."""


def keep_memory_of_polars() -> None:
    """Let Polars keep memory for a while, unless the environment says otherwise.

    Asked for before Polars is loaded: its library reads the settings once.
    """
    os.environ.setdefault("_RJEM_MALLOC_CONF", POLARS)


def collect_seldom() -> None:
    """Collect seldom from now on: for a process that does one thing and ends."""
    gc.set_threshold(*SELDOM)


def collect_as_ever() -> None:
    """Collect as often as Python does by default: for a command that stays."""
    gc.set_threshold(700, 10, 10)


@contextmanager
def loading() -> Iterator[None]:
    """Collect nothing meanwhile, and never look at what was made again: for processes that stay."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
        gc.freeze()
        # At the end of the process all is looked at again: DuckDB's library would count it as leaked, and say so.
        atexit.register(gc.unfreeze)
    finally:
        if was_on:
            gc.enable()
