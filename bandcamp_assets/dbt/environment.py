"""Hides other projects' variables from dbt, and sets those of this platform.

dbt also takes every option from a variable, and reads some at import. With `DBT_FULL_REFRESH` of another project
it would rebuild the whole fact from the days of one run. This module does not import dbt.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

PREFIX = "DBT_"
"""Prefixes of all variables that dbt reads."""

LOG_LEVEL_VARIABLE = "DBT_LOG_LEVEL_FILE"
"""The only variable that people may set. It is the level of `dbt.log`, and changes no table."""


@contextmanager
def dbt_environment(variables: Mapping[str, str] | None = None) -> Iterator[None]:
    """Let dbt see only these of its variables, and restore all of them afterwards.

    Other threads see the change too, so hold it no longer than dbt needs it.
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
