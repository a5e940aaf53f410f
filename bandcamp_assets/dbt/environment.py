"""Which variables dbt sees: those that this platform sets for it, and none of another project's.

dbt takes every option from a variable, too, and reads some when it is imported. With `DBT_FULL_REFRESH` of another
project it would make the facts anew from the days of one run. This module imports nothing of dbt.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

PREFIX = "DBT_"
"""What the names of all variables begin with that dbt reads."""

LOG_LEVEL_VARIABLE = "DBT_LOG_LEVEL_FILE"
"""The one that people may set: it says how much `dbt.log` holds, and changes no table."""


@contextmanager
def dbt_environment(variables: Mapping[str, str] | None = None) -> Iterator[None]:
    """Let dbt see these variables of its own and no others, and put all back afterwards.

    What other threads do meanwhile sees them, too, so it is held no longer than dbt needs it.
    """
    given = variables or {}
    names = {*given, *(name for name in os.environ if name.startswith(PREFIX))}
    before = {name: os.environ.get(name) for name in names}
    for name in names:
        os.environ.pop(name, None)
    os.environ.update(given)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
