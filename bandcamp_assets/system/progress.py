"""Progress of long steps, for whoever watches: the command line draws a bar, the Dagster UI shows log lines.

This module only counts and reports. How progress looks is decided by `cli`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

Item = TypeVar("Item")

LOGGER = logging.getLogger("bandcamp_assets")

LOG_EVERY_SECONDS = 30.0
"""How often a long step writes a line to the log."""

REPORT_EVERY_SECONDS = 0.1
"""How often a watcher is told at most."""


@dataclass(frozen=True)
class Report:
    """How far a step is.

    Attributes:
        done: Units of work that are done.
        unit: What is counted.
        total: How many there will be; None if that is not known.
    """

    done: int
    unit: str
    total: int | None


Watcher = Callable[[Report], None]

_watchers: list[Watcher] = []


@contextmanager
def watched_by(watcher: Watcher) -> Iterator[None]:
    """Tell this function how far the steps of this process are."""
    _watchers.append(watcher)
    try:
        yield
    finally:
        _watchers.remove(watcher)


class Progress:
    """Reports how far a step is, at most ten times a second to watchers and every half a minute to the log.

    Args:
        step: What is being done.
        unit: What is counted.
        total: How many there will be, if known.
    """

    def __init__(self, step: str, unit: str, total: int | None = None) -> None:
        self._step = step
        self._unit = unit
        self._total = total
        self._reported_at = 0.0
        self._logged_at = time.monotonic()

    def over(self, items: Iterable[Item]) -> Iterator[Item]:
        """The same items, each reported when the next is asked for."""
        for done, item in enumerate(items, start=1):
            yield item
            self(done)

    def __call__(self, done: int, total: int | None = None) -> None:
        """Report that `done` units of work are done, of `total` if that is known only now."""
        now = time.monotonic()
        report = Report(done, self._unit, self._total if total is None else total)
        if now - self._reported_at >= REPORT_EVERY_SECONDS:
            self._reported_at = now
            for watcher in _watchers:
                watcher(report)
        if now - self._logged_at >= LOG_EVERY_SECONDS:
            self._logged_at = now
            share = f" of {report.total:,} ({100 * done / report.total:.0f} %)" if report.total else ""
            LOGGER.info("%s: %s%s %s", self._step, f"{done:,}", share, self._unit)
