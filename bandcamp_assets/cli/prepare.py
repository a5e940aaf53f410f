"""Makes a home ready: its folders, the Dagster instance, dbt's manifest."""

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
    """Make the home and dbt's manifest ready; cheap if they are ready already.

    Raises:
        PlatformError: If a setting is wrong, the home cannot be written, dbt cannot read its project, or the
            system allows this process too little.
    """
    ensure_limits()
    deployment = prepare_home(env)
    prepare_manifest(deployment.dbt)
    return deployment


def prepare_home(env: Mapping[str, str], *, fresh: bool = False) -> Deployment:
    """Read the settings and make the home ready.

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
        # What is made in its place is landing's concern; but from here on, everything reads it.
        LOGGER.warning("The catalog could not be read: it is kept as %s, and made anew", aside)
    write_instance_settings(home)
    return deployment


@contextmanager
def preparing_dbt(deployment: Deployment, env: Mapping[str, str]) -> Iterator[Callable[[], None]]:
    """Make dbt's manifest in another process while this one does something else.

    Parsing the project takes seconds, but only after it has changed; landing and staging need none of it. Where it
    has not, dbt is loaded meanwhile if the home is empty, so that it is sure to be needed.

    Yields:
        A function that waits until the manifest is there, and raises `PlatformError` if dbt cannot read its
        project.
    """
    if not needs_parsing(deployment.dbt):
        prepare_manifest(deployment.dbt)
        if not deployment.catalog.staged_files():
            Thread(target=_load_dbt, name="load-dbt").start()
        yield lambda: None
        return
    process = subprocess.Popen(
        # Not from the working folder (-P): another version of the package may lie there.
        [sys.executable, "-P", "-m", "bandcamp_assets.cli", "prepare"],
        env=dict(env),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def wait() -> None:
        process.wait()
        # Does nothing if that process did it, else says here what is wrong.
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
    """Remove all data and runs, but only from a folder that is a home (or empty), and not under a run.

    Killed in the midst of it, the next command on the home finishes it: half a home is none.

    Args:
        deployment: Whose home.
        only_if_begun: Only finish what another process began, unless yet another has finished it meanwhile.
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
    """Everything that the platform puts into a home, and nothing that someone else may have put there."""
    return [
        home.landing,
        home.lake,
        home.objects,
        home.dagster,
        home.dbt,
        home.scratch,
        home.catalog,
        home.warehouse,
        home.warehouse.with_name(f"{home.warehouse.name}.wal"),
    ]
