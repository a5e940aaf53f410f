"""`bandcamp run`: lands a source, then builds the days and marts that are not up to date, in this process."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import click

from bandcamp_assets.cli.console import LinePrinter, StepLog, event_logger
from bandcamp_assets.cli.notices import refusals
from bandcamp_assets.cli.prepare import prepare_home, preparing_dbt
from bandcamp_assets.cli.progress_bar import StepBar, step_bar
from bandcamp_assets.cli.runs import build, land
from bandcamp_assets.cli.text import damage_lines, summary
from bandcamp_assets.definitions import load_definitions, load_landing_definitions
from bandcamp_assets.deployment.deployment import Deployment
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.lake.damage import DamagedFileError
from bandcamp_assets.sources.source import FileSource, FilesSource, SampleSource, parse_source
from bandcamp_assets.state.integrity.damage import Kind, Survey
from bandcamp_assets.state.integrity.survey import keep_report
from bandcamp_assets.state.integrity.tables import keep_marks
from bandcamp_assets.state.ledger.ledger import Ledger, take_ledger
from bandcamp_assets.state.plan import Plan
from bandcamp_assets.system.errors import PlatformError, RunFailed
from bandcamp_assets.system.home import Home
from bandcamp_assets.system.instance.local import only_run, open_instance, release_dead_runs, runs_at_work
from bandcamp_assets.system.limits import ensure_limits
from bandcamp_assets.system.progress import LOGGER
from bandcamp_assets.system.terminal import visible


def run_everything(
    env: Mapping[str, str], *, source: str = "", rows: int | None = None, fresh: bool = False
) -> None:
    """Do everything that is left to do, and print a summary. Runs on the same home wait for each other.

    Args:
        env: The settings.
        source: `sample`, `archive`, or paths, one a line; empty for the source of the settings.
        rows: Rows of the sample; None for the number of the settings.
        fresh: Empty the home first.

    Raises:
        PlatformError: If something outside the platform is wrong. Committed work stays.
        RunFailed: If a step failed.
        KeyboardInterrupt: If the process was asked to stop.
    """
    settings = Settings.from_env(env)
    home = settings.home
    # Checked before a run is recorded, as a mistyped source should not be a failed run.
    wanted = _what_to_land(settings, source, rows)
    ensure_limits()
    with only_run(home, on_wait=lambda: _report_waiting(home)):
        _run_everything(env, wanted, fresh=fresh)


def _what_to_land(settings: Settings, source: str, rows: int | None) -> dict[str, str | int]:
    """The configuration of `raw_sales`. The run keeps it, so the UI shows it and can repeat the run."""
    # A number of rows means the sample.
    wanted = source or ("sample" if rows else settings.source)
    config: dict[str, str | int] = {"source": wanted, "rows": rows or settings.sample_rows}
    if wanted:
        try:
            parsed = parse_source(wanted, sample_rows=settings.sample_rows, archive_url=settings.archive_url)
        except PlatformError as error:
            named = "--source" if source else "environment variable BANDCAMP_SOURCE"
            raise PlatformError(error.what, where=f"{error.where} ({named})", remedy=error.remedy) from error
        if isinstance(parsed, FileSource):
            config["source"] = str(parsed.path)
        if isinstance(parsed, FilesSource):
            config["source"] = "\n".join(str(path) for path in parsed.paths)
        if not isinstance(parsed, SampleSource):
            del config["rows"]
    return config


def _run_everything(env: Mapping[str, str], wanted: Mapping[str, str | int], *, fresh: bool) -> None:
    started = time.perf_counter()
    log = StepLog()
    deployment = prepare_home(env, fresh=fresh)
    deployment.verify()
    with _reporting_refusals_on_failure(deployment), step_bar() as bar, _printing_lines(bar):
        found, plan, ledger, others = _land_and_build(deployment, env, wanted, log, bar)
        if not plan.is_empty or found.damage:
            with bar.step("counting every layer"):
                ledger = _count(deployment)
    _complete_records_of_earlier_versions(deployment, ledger)
    _report_lost_raw_files(found)
    text = summary(ledger, deployment, plan, log.seconds, time.perf_counter() - started)
    click.echo(visible(text, keep="\n"))
    if not ledger.holds and others:
        click.echo(
            f"The layers do not agree yet, as other runs work on them: {', '.join(others)}."
            " When they have ended, see `bandcamp status`, or run again.",
            err=True,
        )
    elif not ledger.holds:
        raise PlatformError(
            "The layers do not agree after the run",
            where=str(deployment.settings.home.root),
            remedy="see which days differ with `bandcamp status`, and run again",
        )


def _land_and_build(
    deployment: Deployment, env: Mapping[str, str], wanted: Mapping[str, str | int], log: StepLog, bar: StepBar
) -> tuple[Survey, Plan, Ledger, Sequence[str]]:
    """Returns what was found damaged, what was built, what was counted before, and other runs at work."""
    console = event_logger(log, bar)
    with preparing_dbt(deployment, env) as dbt_prepared, open_instance(deployment.settings.home) as instance:
        release_dead_runs(instance)
        landing = load_landing_definitions(deployment, console=console)
        land(landing, instance, log, wanted, with_pages=any(deployment.settings.home.feed.glob("*")))
        state = deployment.build_state()
        with bar.step("counting every layer"):
            found, counted = _look_and_count(deployment)
        plan = state.plan(counted, found)
        state.begin(plan)
        if not plan.is_empty:
            dbt_prepared()
            build(load_definitions(deployment, console=console), instance, log, plan)
        return found, plan, counted, runs_at_work(instance)


@contextmanager
def _printing_lines(bar: StepBar) -> Iterator[None]:
    """Print the platform's own lines above the bar."""
    printer = LinePrinter(bar)
    LOGGER.setLevel(logging.INFO)
    LOGGER.addHandler(printer)
    # Otherwise a library that sets up logging would print each line a second time.
    LOGGER.propagate = False
    try:
        yield
    finally:
        LOGGER.removeHandler(printer)


@contextmanager
def _reporting_refusals_on_failure(deployment: Deployment) -> Iterator[None]:
    """If the run fails, name what the inboxes refuse, as there is no summary."""
    try:
        yield
    except RunFailed:
        for line in refusals(deployment):
            click.echo(visible(line), err=True)
        raise


def _report_waiting(home: Home) -> None:
    click.echo(visible(f"Waiting: another `bandcamp run` works on {home.root}."), err=True)


def _look_and_count(deployment: Deployment) -> tuple[Survey, Ledger]:
    """Look for damage, and count what is right. If counting finds more damage, compare everything by checksum."""
    found = deployment.survey()
    try:
        return found, _count(deployment, found)
    except DamagedFileError:
        found = deployment.survey(deep=True)
        return found, _count(deployment, found)


def _count(deployment: Deployment, found: Survey | None = None) -> Ledger:
    return take_ledger(
        deployment.settings.home,
        deployment.catalog,
        deployment.object_store,
        deployment.warehouse,
        without=found.places if found else (),
    )


def _complete_records_of_earlier_versions(deployment: Deployment, ledger: Ledger) -> None:
    """Record marks of the warehouse and checksums of pages in a home that an earlier version built."""
    agreed = {day for day in ledger.days if ledger.agrees(day)}
    keep_marks(deployment.catalog, deployment.warehouse, agreed)
    keep_report(deployment.settings.home, deployment.catalog)
    if ledger.holds:
        deployment.note_tables()


def _report_lost_raw_files(found: Survey) -> None:
    """Report lost raw files. The tables are right without them, but they cannot be rebuilt."""
    for line in damage_lines(found.among(Kind.RAW)):
        click.echo(visible(line, keep="\n"), err=True)
