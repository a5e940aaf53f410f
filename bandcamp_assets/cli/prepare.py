"""Prepares a home: its folders, the Dagster instance, dbt's manifest."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from bandcamp_assets.dbt.engine import load_dbt
from bandcamp_assets.dbt.manifest import needs_parsing, prepare_manifest
from bandcamp_assets.deployment.deployment import Deployment, local_workspace
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.state.catalog.soundness import set_aside_if_damaged
from bandcamp_assets.system.disk import disk_errors, sync_folder
from bandcamp_assets.system.home import Home
from bandcamp_assets.system.instance.local import write_instance_settings
from bandcamp_assets.system.limits import ensure_limits
from bandcamp_assets.system.progress import LOGGER


def prepare_deployment(env: Mapping[str, str]) -> Deployment:
    """Prepare the home and dbt's manifest. Cheap if they are ready already.

    Raises:
        PlatformError: If a setting is wrong, the home cannot be written, dbt cannot read its project, or a limit
            of the system is too low.
    """
    ensure_limits()
    deployment = prepare_home(env)
    prepare_manifest(deployment.dbt)
    return deployment


def prepare_home(env: Mapping[str, str], *, fresh: bool = False) -> Deployment:
    """Read the settings and prepare the home.

    Args:
        env: The environment with the settings.
        fresh: Empty the home first.

    Raises:
        PlatformError: If a setting is wrong or the home cannot be written.
    """
    deployment = Deployment.assemble(Settings.from_env(env))
    home = deployment.settings.home
    if fresh:
        _empty(deployment)
    elif home.emptying.exists():
        _empty(deployment, only_if_begun=True)
    home.prepare()
    aside = set_aside_if_damaged(home.catalog)
    if aside:
        # It is set aside here, as everything below reads it. Landing rebuilds it.
        LOGGER.warning("The catalog could not be read: it is kept as %s and will be rebuilt", aside)
    write_instance_settings(home)
    return deployment


@contextmanager
def preparing_dbt(deployment: Deployment, env: Mapping[str, str]) -> Iterator[Callable[[], None]]:
    """Make dbt's manifest in another process while this one does something else.

    If the project has changed, parsing it takes seconds, and landing and staging do not need it. If it has not
    changed and the home is empty, dbt will surely be needed, so it is loaded in a thread meanwhile.

    Yields:
        A function that waits until the manifest is ready. It raises `PlatformError` if dbt cannot read its
        project.
    """
    if not needs_parsing(deployment.dbt):
        prepare_manifest(deployment.dbt)
        if not deployment.catalog.staged_files():
            Thread(target=_load_dbt, name="load-dbt").start()
        yield lambda: None
        return
    process = subprocess.Popen(
        # -P: not from the working folder, which may hold another version of the package.
        [sys.executable, "-P", "-m", "bandcamp_assets.cli", "prepare"],
        env=dict(env),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def wait() -> None:
        process.wait()
        # Does nothing if the other process succeeded. Otherwise it raises the error here.
        prepare_manifest(deployment.dbt)

    try:
        yield wait
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait()


def _load_dbt() -> None:
    import dagster_dbt  # noqa: F401 - for the time it takes

    load_dbt()


def prepare_installation() -> None:
    """Parse the dbt project for the local deployment, for all homes of this installation.

    Raises:
        PlatformError: If dbt cannot read the project.
    """
    with tempfile.TemporaryDirectory() as folder:
        prepare_manifest(local_workspace(Home(Path(folder))))


def _empty(deployment: Deployment, *, only_if_begun: bool = False) -> None:
    """Remove all data and runs from a home. Waits for runs that use the warehouse.

    If this is killed, the next command on the home finishes it, as half a home cannot be used.

    Args:
        deployment: The deployment with the home.
        only_if_begun: Only finish what another process began, unless it is finished already.
    """
    home = deployment.settings.home
    if not home.root.exists():
        return
    with deployment.warehouse.access(), disk_errors(home.root):
        if only_if_begun and not home.emptying.exists():
            return
        home.emptying.touch()
        sync_folder(home.root)
        for part in _parts(home):
            if part.is_dir():
                shutil.rmtree(part)
            else:
                part.unlink(missing_ok=True)
        home.emptying.unlink()


def _parts(home: Home) -> list[Path]:
    """Everything that the platform puts into a home, but nothing that somebody else put there."""
    return [
        home.landing,
        home.lake,
        home.objects,
        home.tables,
        home.dashboard,
        home.dagster,
        home.dbt,
        home.scratch,
        home.catalog,
        home.warehouse,
        home.warehouse.with_name(f"{home.warehouse.name}.wal"),
    ]
