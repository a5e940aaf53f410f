"""`bandcamp doctor`: checks every condition for a run by itself, and says what to do about each fault."""

from __future__ import annotations

import platform as machine
import shutil
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version

import click

from bandcamp_assets.alerts.delivery import verify_addresses
from bandcamp_assets.cluster import verify_workers
from bandcamp_assets.dbt.connection import check_connection
from bandcamp_assets.dbt.manifest import prepare_manifest
from bandcamp_assets.deployment.deployment import Deployment
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.limits import ensure_limits
from bandcamp_assets.system.package import installed_version, needed
from bandcamp_assets.system.scratch import scratch_folder
from bandcamp_assets.system.terminal import visible

LOW_DISK_BYTES = 2 * 2**30
"""Less free space is a fault. The archive and everything made from it take about 1.5 GB."""

DOCTOR_PATIENCE_SECONDS = 10.0
"""How long to wait for workers. A person who asks for a check should not wait long."""

_NEED_CREDENTIALS = ("bucket", "dataset", "files")

Check = tuple[str, Callable[[], str]]
"""The name of a check, and a function that returns the finding or raises a `PlatformError`."""


def examine(env: Mapping[str, str], *, deep: bool = False) -> int:
    """Check everything and print a line for each check.

    Args:
        env: The environment with the settings.
        deep: Compare every file of the home by checksum, not only those whose size or time changed.

    Returns:
        The exit status: 0 if all is well, else 1.
    """
    faults, failed = 0, ""
    for name, check in _checks(env, deep=deep):
        if name in _NEED_CREDENTIALS and failed == "credentials":
            click.echo(f"- {name:<12} not checked")
            continue
        try:
            _say(f"✓ {name:<12} {check()}")
        except PlatformError as error:
            faults, failed = faults + 1, name
            _say(f"✗ {name:<12} {error.what}")
            _say(f"  {'where':<12} {error.where}")
            _say(f"  {'what to do':<12} {error.remedy}")
    click.echo("All is well." if not faults else f"{faults} fault{'s' if faults > 1 else ''} found.")
    return 1 if faults else 0


def _say(line: str) -> None:
    # The line may quote a setting or the answer of a server.
    click.echo(visible(line, keep="\n"))


def _checks(env: Mapping[str, str], *, deep: bool) -> Iterator[Check]:
    yield "versions", _versions
    yield "limits", ensure_limits
    try:
        deployment = Deployment.assemble(Settings.from_env(env))
    except PlatformError as error:
        yield "settings", _raiser(error)
        return
    yield "settings", lambda: f"deployment {deployment.settings.deployment}"
    yield "home", lambda: _home(deployment)
    if deployment.settings.google_cloud:
        yield from _google_cloud(deployment)
    else:
        yield "objects", deployment.object_store.verify
        yield "warehouse", deployment.warehouse.verify
    if deployment.settings.dask_scheduler:
        yield (
            "cluster",
            lambda: verify_workers(
                deployment.settings.dask_scheduler,
                deployment.settings.home,
                patience_seconds=DOCTOR_PATIENCE_SECONDS,
            ),
        )
    if deployment.settings.alerts.addresses:
        yield "alerts", lambda: verify_addresses(deployment.settings.alerts)
    yield "files", lambda: deployment.survey(deep=deep).require_nothing()
    yield "dbt", lambda: _dbt(deployment)


def _google_cloud(deployment: Deployment) -> Iterator[Check]:
    # Imported here, as the local deployment does not need Google's clients.
    from bandcamp_assets.storage.google_cloud.credentials import verify_credentials

    place = deployment.settings.google_cloud
    assert place is not None  # noqa: S101 - only called with one
    # In this order, as one fault explains the next.
    yield "credentials", lambda: verify_credentials(place.impersonate, place.storage_endpoint)
    yield "bucket", lambda: f"{place.bucket_uri} {deployment.object_store.verify()}"
    yield "dataset", lambda: f"{place.dataset_id} {deployment.warehouse.verify()}"


def _versions() -> str:
    for requirement in needed():
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        found = installed_version(requirement.name) or "none"
        if found == "none" or not requirement.specifier.contains(found, prereleases=True):
            raise PlatformError(
                f"{requirement.name} {found} is installed, {requirement.specifier} is needed",
                where="the Python environment",
                remedy="install the package again, or in a clone the locked versions: `make clean run`",
            )
    return f"Python {machine.python_version()}, dagster {version('dagster')}, polars {version('polars')}"


def _home(deployment: Deployment) -> str:
    home = deployment.settings.home
    home.prepare()
    free = shutil.disk_usage(home.root).free
    if free < LOW_DISK_BYTES:
        raise PlatformError(
            f"Only {free / 2**30:.1f} GiB are free",
            where=str(home.root),
            remedy="free some space, or set BANDCAMP_HOME to a larger disk",
        )
    return f"{home.root} can be written, {free / 2**30:.0f} GiB free"


def _dbt(deployment: Deployment) -> str:
    prepare_manifest(deployment.dbt)
    said = f"{deployment.dbt.project_dir.name} can be read for target {deployment.dbt.target}"
    if not deployment.settings.google_cloud:
        return said
    # It has a client and credentials of its own.
    with scratch_folder(deployment.settings.home.scratch, "doctor") as scratch:
        check_connection(deployment.dbt, scratch)
    return f"{said} and connects"


def _raiser(error: PlatformError) -> Callable[[], str]:
    def fail() -> str:
        raise error

    return fail
