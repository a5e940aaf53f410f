"""Makes a home ready: its folders, the Dagster instance, dbt's manifest."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from bandcamp_assets.home import Home, disk_error
from bandcamp_assets.instance.local import write_instance_settings
from bandcamp_assets.platform import Platform
from bandcamp_assets.settings import Settings


def prepare_platform(env: Mapping[str, str], *, fresh: bool = False) -> Platform:
    """Read the settings and make the home ready; cheap if it is ready already.

    Args:
        env: The environment with the settings.
        fresh: Empty the home first.

    Raises:
        PlatformError: If a setting is wrong, the home cannot be written, or dbt cannot read its project.
    """
    from bandcamp_assets.dbt.manifest import prepare_manifest

    platform = Platform.assemble(Settings.from_env(env))
    home = platform.settings.home
    if fresh:
        _empty(platform)
    home.prepare()
    write_instance_settings(home)
    prepare_manifest(platform.dbt)
    return platform


def _empty(platform: Platform) -> None:
    """Remove all data and runs, but only from a folder that is a home (or empty), and not under a run."""
    home = platform.settings.home
    if not home.root.exists():
        return
    with platform.warehouse.access():
        try:
            for part in _parts(home):
                if part.is_dir():
                    shutil.rmtree(part)
                else:
                    part.unlink(missing_ok=True)
        except OSError as error:
            raise disk_error(error, home.root) from error


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
    ]
