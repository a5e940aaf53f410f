"""`bandcamp doctor --report`: what somebody who helps needs to know, as text for an issue. It changes nothing.

It holds no secret, no name of a person, place or project, and no sum of money. The last error is quoted, and may
name a file or an artist: the report says so. `doctor` makes the checks.
"""

from __future__ import annotations

import os
import platform as machine
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import click
import dagster as dg

from bandcamp_assets.alerts.fault import Fault
from bandcamp_assets.alerts.masking import mask, secret_values
from bandcamp_assets.defs.run_faults import what_happened
from bandcamp_assets.deployment.deployment import Deployment
from bandcamp_assets.deployment.settings import DESCRIPTIONS, PREFIX, Settings
from bandcamp_assets.report.verdict import verdict
from bandcamp_assets.state.ledger.ledger import LAYERS, take_ledger
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.home import Home
from bandcamp_assets.system.instance.local import open_instance
from bandcamp_assets.system.package import PACKAGE, installed_version, needed, package_version
from bandcamp_assets.system.terminal import visible

SHOWN = (
    *("DEPLOYMENT", "SAMPLE_ROWS", "FEED", "FEED_MAX_PAGES", "FEED_PAUSE_SECONDS", "FEED_SECONDS", "MARTS"),
    *("KEEP_RUNS_DAYS", "ALERTS", "ALERT_REPEAT_HOURS", "GCP_LOCATION", "GCP_TIMEOUT_SECONDS"),
)
"""Settings whose values are shown. Of any other one it is only said that it is set."""

INTRODUCTION = "Read this before you post it: the last error may name a file, an artist or a path."


def print_report(env: Mapping[str, str]) -> None:
    """Print the report. What cannot be found out is said in its place."""
    click.echo(INTRODUCTION)
    secrets = secret_values(env)
    for title, lines in _SECTIONS.items():
        click.echo(f"\n{title}")
        for line in _with_the_error(lines(env)):
            click.echo(f"  {_safe(line, secrets)}")


def _with_the_error(lines: Iterator[str]) -> Iterator[str]:
    """The lines, and what ended them before their time."""
    try:
        yield from lines
    except PlatformError as error:
        yield from str(error).splitlines()


def _safe(line: str, secrets: tuple[str, ...]) -> str:
    # The home folder of a person is that person's name.
    return visible(mask(line, secrets).replace(str(Path.home()), "~"))


def _versions(_env: Mapping[str, str]) -> Iterator[str]:
    yield f"Python {machine.python_version()}, {machine.system()} {machine.machine()}, {os.cpu_count()} processors"
    yield f"{PACKAGE} {package_version()}"
    for requirement in needed():
        extra = re.search(r"extra == ['\"](\w+)['\"]", str(requirement.marker))
        if extra and extra.group(1) == "dev":
            continue
        found = installed_version(requirement.name)
        if found or not extra:
            yield f"{requirement.name} {found or 'is not installed'}"


def _settings(env: Mapping[str, str]) -> Iterator[str]:
    given = {name: env[name] for name in sorted(env) if name.startswith(PREFIX)}
    for name, value in given.items():
        known = "" if name in DESCRIPTIONS else " (there is no such setting)"
        yield f"{name} {f'= {value}' if name.removeprefix(PREFIX) in SHOWN else 'is set'}{known}"
    if not given:
        yield "none"
    Settings.from_env(env)


def _ledger(env: Mapping[str, str]) -> Iterator[str]:
    deployment = Deployment.assemble(Settings.from_env(env))
    if not deployment.catalog.path.exists():
        yield "there is nothing in the home yet"
        return
    found = deployment.survey()
    yield f"lost or damaged files: {len(found.damage)}"
    ledger = take_ledger(
        deployment.settings.home,
        deployment.catalog,
        deployment.object_store,
        deployment.warehouse,
        without=found.places,
    )
    yield f"raw rows {ledger.raw_rows:,}, rejected {ledger.rejected_measured:,}, days {len(ledger.days):,}"
    yield ", ".join(f"{name} {ledger.total(name).rows:,}" for name in LAYERS)
    yield verdict(ledger)


def _last_error(env: Mapping[str, str]) -> Iterator[str]:
    home = Settings.from_env(env).home
    if not (home.dagster / "dagster.yaml").exists():
        yield "there were no runs yet"
        return
    faults, ended = _of_last_failure(home)
    if not faults:
        yield "no run that is still recorded has failed"
        return
    yield f"{datetime.fromtimestamp(ended, UTC):%Y-%m-%d %H:%M} UTC"
    for fault in faults:
        kept = fault.masked(secret_values(env))
        yield f"{kept.scope}: {kept.what}"
        yield f"  where: {kept.where}"
        if kept.remedy:
            yield f"  what to do: {kept.remedy}"


def _of_last_failure(home: Home) -> tuple[list[Fault], float]:
    with open_instance(home) as instance:
        failed = dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE])
        for record in instance.get_run_records(failed, limit=1):
            ended = record.end_time or record.update_timestamp.timestamp()
            happened = what_happened(instance, record.dagster_run, ended, frozenset())
            return [one for one in happened if isinstance(one, Fault)], ended
    return [], 0.0


_SECTIONS: Mapping[str, Callable[[Mapping[str, str]], Iterator[str]]] = {
    "versions": _versions,
    "settings": _settings,
    "ledger": _ledger,
    "last error": _last_error,
}
"""The sections of the report, in their order."""
