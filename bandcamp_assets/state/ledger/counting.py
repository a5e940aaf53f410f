"""Counts each file and each table once: what has the version of an earlier count is not read again.

A file that was written over, replaced or restored has another version. What a disk changes by itself is found by
the job `reconcile` and `bandcamp status --deep`, which count everything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path

from bandcamp_assets.state.catalog import Catalog
from bandcamp_assets.state.catalog.counts import Count
from bandcamp_assets.storage.warehouse import DayFigures
from bandcamp_assets.system.disk import file_version
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.home import Home

Figures = Mapping[date, DayFigures]


class Counts:
    """The counts of earlier ledgers, and those that this one adds. Call `keep` at the end.

    Args:
        home: The home.
        catalog: Where the counts are.
        anew: Count everything, whatever was counted before.
    """

    def __init__(self, home: Home, catalog: Catalog, *, anew: bool = False) -> None:
        self._home = home
        self._catalog = catalog
        self._recorded = catalog.counts()
        self._valid = {} if anew else self._recorded
        self._seen: dict[str, Count] = {}

    def of_files(
        self, paths: Collection[Path], count: Callable[[list[Path]], Mapping[Path, Figures]]
    ) -> Mapping[Path, Figures]:
        """What files hold by day. `count` reads those that have changed."""
        # Before they are read, so that a file that changes meanwhile is counted again the next time.
        versions = {path: file_version(path) for path in paths}
        known = {path: held.figures for path, version in versions.items() if (held := self._known(path, version))}
        counted = count([path for path in paths if path not in known])
        for path, figures in counted.items():
            # A copy of a remote object lies in the scratch folder for a moment only.
            if not path.is_relative_to(self._home.scratch):
                self._add(Count(self._home.place_of(path), versions[path], figures))
        return {**known, **counted}

    def of_table(self, name: str, version: str, count: Callable[[], Figures]) -> Figures:
        """What a table holds by day. Without a version it is counted."""
        recorded = self._valid.get(name)
        if recorded and version and recorded.version == version:
            self._add(recorded)
            return recorded.figures
        figures = count()
        if version:
            self._add(Count(name, version, figures))
        return figures

    def keep(self) -> None:
        """Record what is new, and forget what is gone. Where nothing can be written, all is counted again."""
        new = [count for name, count in self._seen.items() if self._recorded.get(name) != count]
        gone = self._recorded.keys() - self._seen.keys()
        if new or gone:
            with suppress(PlatformError):
                self._catalog.record_counts(new, gone)

    def _known(self, path: Path, version: str) -> Count | None:
        if not path.is_relative_to(self._home.root):
            return None
        recorded = self._valid.get(self._home.place_of(path))
        if recorded is None or recorded.version != version:
            return None
        self._add(recorded)
        return recorded

    def _add(self, count: Count) -> None:
        self._seen[count.counted] = count
