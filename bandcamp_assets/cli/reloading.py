"""The UI loads the graph again when the home holds other days than before: its partitions are those days."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from threading import Event, Thread

from dagster._core.workspace.context import WorkspaceProcessContext

from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.instance.code_location import CODE_LOCATION

LOOK_SECONDS = 2.0

LOG = logging.getLogger(__name__)


@contextmanager
def reloading(context: WorkspaceProcessContext, catalog: Catalog) -> Iterator[None]:
    """Reload the code location whenever the days of a home change. The daemon follows the web server by itself.

    Args:
        context: The web server's.
        catalog: The home's.
    """
    stop = Event()
    watcher = Thread(target=_watch, args=(context, catalog, catalog.days(), stop), name="day-watcher", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stop.set()


def _watch(context: WorkspaceProcessContext, catalog: Catalog, days: set[date], stop: Event) -> None:
    changed_ns = _last_change(catalog.path)
    while not stop.wait(LOOK_SECONDS):
        try:
            latest_ns = _last_change(catalog.path)
            latest = catalog.days() if latest_ns != changed_ns else days
        except PlatformError as error:
            LOG.warning("The days of the home cannot be read: %s", error)
            continue
        changed_ns = latest_ns
        if latest != days:
            days = latest
            context.reload_code_location(CODE_LOCATION)


def _last_change(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0
