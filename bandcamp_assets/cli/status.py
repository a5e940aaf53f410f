"""`bandcamp status`: the ledger, counted anew."""

from __future__ import annotations

from collections.abc import Mapping

import click

from bandcamp_assets.errors import PlatformError
from bandcamp_assets.platform import Platform
from bandcamp_assets.presentation.notices import notices
from bandcamp_assets.presentation.terminal import visible
from bandcamp_assets.presentation.text import ledger_table
from bandcamp_assets.reconciliation.ledger import take_ledger
from bandcamp_assets.settings import Settings

MOST_NAMED = 1000
"""Files that are named one by one; the summary of a run names fewer."""


def print_status(env: Mapping[str, str]) -> int:
    """Print the ledger.

    Returns:
        The exit status: 0 if every row is accounted for, else 1.

    Raises:
        PlatformError: If there is no home yet.
    """
    platform = Platform.assemble(Settings.from_env(env))
    home = platform.settings.home
    if not home.catalog.exists():
        raise PlatformError(
            "There is nothing here yet",
            where=str(home.root),
            remedy="run `make run` (or `bandcamp run`) first, or set BANDCAMP_HOME to the home you mean",
        )
    ledger = take_ledger(home, platform.catalog, platform.object_store, platform.warehouse)
    lines = [ledger_table(ledger), *notices(platform, ledger, most=MOST_NAMED)]
    click.echo(visible("\n".join(lines), keep="\n"))
    return 0 if ledger.holds else 1
