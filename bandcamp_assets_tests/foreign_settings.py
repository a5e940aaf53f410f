"""Variables of other projects' dbt and Dagster: every one that the installed packages read."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import click

DBT = ("dbt", "dbt_common")
DAGSTER = ("dagster", "dagster_shared", "dagster_dbt", "dagster_webserver")


def dbt_variables() -> set[str]:
    """Those of dbt's options, and all others that its packages name."""
    from dbt.cli.main import cli

    return {*_of_options(cli), *_named_in(DBT, "DBT_")}


def dagster_variables() -> set[str]:
    """All that Dagster's packages name."""
    return set(_named_in(DAGSTER, "DAGSTER_"))


def _of_options(command: click.Command) -> Iterator[str]:
    for parameter in command.params:
        named = parameter.envvar or ()
        yield from [named] if isinstance(named, str) else named
    for below in getattr(command, "commands", {}).values():
        yield from _of_options(below)


def _named_in(packages: tuple[str, ...], prefix: str) -> Iterator[str]:
    for package in packages:
        spec = importlib.util.find_spec(package)
        assert spec is not None
        assert spec.submodule_search_locations
        for folder in spec.submodule_search_locations:
            for path in Path(folder).rglob("*.py"):
                yield from re.findall(rf"\b{prefix}[A-Z0-9_]*[A-Z0-9]\b", path.read_text(encoding="utf-8"))
