"""Progress of long steps: a line every few seconds, to the logger `bandcamp_assets`.

The command line prints these lines. The Dagster UI shows them among the logs of the run.
"""

from __future__ import annotations

import logging
import time

LOGGER = logging.getLogger("bandcamp_assets")

EVERY_SECONDS = 2.0


class Progress:
    """Logs how far a step is, at most every two seconds.

    Args:
        step: What is being done.
        unit: What is counted.
        total: How many there will be, if known.
    """

    def __init__(self, step: str, unit: str, total: int | None = None) -> None:
        self._step = step
        self._unit = unit
        self._total = total
        self._said_at = time.monotonic()

    def __call__(self, done: int) -> None:
        """Report that `done` units of work are done."""
        now = time.monotonic()
        if now - self._said_at < EVERY_SECONDS:
            return
        self._said_at = now
        share = f" of {self._total:,} ({100 * done / self._total:.0f} %)" if self._total else ""
        LOGGER.info("%s: %s%s %s", self._step, f"{done:,}", share, self._unit)
