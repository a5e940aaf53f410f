"""`bandcamp run`: lands a source, then builds the days and marts that are not up to date, in this process."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping

import click

from bandcamp_assets.cli.console import ProgressPrinter, StepLog, event_logger
from bandcamp_assets.cli.prepare import prepare_home, preparing_dbt
from bandcamp_assets.cli.runs import build, land
from bandcamp_assets.errors import PlatformError
from bandcamp_assets.graph import build_definitions, build_landing_definitions
from bandcamp_assets.instance.local import open_instance, release_dead_runs
from bandcamp_assets.platform import Platform
from bandcamp_assets.presentation.text import summary
from bandcamp_assets.progress import LOGGER
from bandcamp_assets.reconciliation.ledger import Ledger, take_ledger


def run_everything(env: Mapping[str, str], *, fresh: bool) -> None:
    """Do all that is not done yet, and print a summary.

    Raises:
        PlatformError: If something outside the platform is wrong. What was committed before stays.
    """
    started = time.perf_counter()
    LOGGER.setLevel(logging.INFO)
    LOGGER.addHandler(ProgressPrinter())
    log = StepLog()
    console = event_logger(log)
    platform = prepare_home(env, fresh=fresh)
    with preparing_dbt(platform, env) as dbt_prepared, open_instance(platform.settings.home) as instance:
        release_dead_runs(instance)
        land(build_landing_definitions(platform, console=console), instance, log)
        plan = platform.build_state().plan(_count(platform))
        if plan.days or plan.marts:
            dbt_prepared()
            build(build_definitions(platform, console=console), instance, log, plan)
    ledger = _count(platform)
    click.echo(summary(ledger, platform, plan, log.seconds, time.perf_counter() - started))
    if not ledger.holds:
        raise PlatformError(
            "The layers do not agree after the run",
            where=str(platform.settings.home.root),
            remedy="see which days differ with `bandcamp status`, and run again",
        )


def _count(platform: Platform) -> Ledger:
    return take_ledger(platform.settings.home, platform.catalog, platform.object_store, platform.warehouse)
