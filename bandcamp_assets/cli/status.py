"""`bandcamp status`: counts the ledger, and reports what is lost or damaged."""

from __future__ import annotations

from collections.abc import Mapping

import click

from bandcamp_assets.cli.notices import notices
from bandcamp_assets.cli.text import damage_lines, ledger_table
from bandcamp_assets.deployment.deployment import Deployment
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.landing.restoring import holds_rows, must_be_restored
from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets.state.ledger.ledger import take_ledger
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.home import Home
from bandcamp_assets.system.instance.local import open_instance, runs_at_work
from bandcamp_assets.system.terminal import visible

MOST_NAMED = 1000
"""The most files that are named one by one. The summary of a run names fewer."""


def print_status(env: Mapping[str, str], *, deep: bool = False) -> int:
    """Print the ledger, and what is lost or damaged.

    Args:
        env: The environment with the settings.
        deep: Compare everything by checksum, and count all rows. Otherwise only what has changed is read.

    Returns:
        The exit status: 0 if every row is accounted for and nothing is lost or damaged, else 1.

    Raises:
        PlatformError: If there is no home yet, or its catalog must be rebuilt first.
    """
    deployment = Deployment.assemble(Settings.from_env(env))
    home = deployment.settings.home
    _refuse_what_cannot_be_counted(home, deployment.catalog)
    found = deployment.survey(deep=deep)
    lines = damage_lines(found.damage)
    try:
        ledger = take_ledger(
            home,
            deployment.catalog,
            deployment.object_store,
            deployment.warehouse,
            without=found.places,
            anew=deep,
        )
    except PlatformError:
        _say(lines)
        raise
    _say([ledger_table(ledger), *notices(deployment, ledger, most=MOST_NAMED), *lines])
    if found.damage and _is_at_work(deployment):
        click.echo("A run is in progress, and may be writing some of these files. Ask again when it has ended.")
    return 0 if ledger.holds and not found.damage else 1


def _refuse_what_cannot_be_counted(home: Home, catalog: Catalog) -> None:
    if not home.catalog.exists() and not holds_rows(home):
        raise PlatformError(
            "There is nothing here yet",
            where=str(home.root),
            remedy="run `make run` (or `bandcamp run`) first, or set BANDCAMP_HOME to the home you mean",
        )
    if not home.catalog.exists() or must_be_restored(home, catalog):
        raise PlatformError(
            "The catalog of this home is lost, damaged, or an older copy",
            where=str(home.catalog),
            remedy="run `bandcamp run`: it rebuilds the catalog from the manifests beside the raw files",
        )


def _say(lines: list[str]) -> None:
    for line in lines:
        click.echo(visible(line, keep="\n"))


def _is_at_work(deployment: Deployment) -> bool:
    with open_instance(deployment.settings.home) as instance:
        return bool(runs_at_work(instance))
