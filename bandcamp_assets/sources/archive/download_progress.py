"""Measures the progress of a download. The caller decides how to show it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

_REPORT_EVERY_SECONDS = 0.25


@dataclass(frozen=True)
class DownloadProgress:
    """The progress of a download at one moment.

    Attributes:
        bytes_so_far: Bytes on disk, including those of earlier processes.
        total_bytes: Size of the file; None if the server does not say.
        bytes_per_second: Average speed of this call, without bytes of earlier processes.
    """

    bytes_so_far: int
    total_bytes: int | None
    bytes_per_second: float


class ProgressMeter:
    """Measures the speed, and reports the progress a few times a second."""

    def __init__(self, report: Callable[[DownloadProgress], None] | None) -> None:
        self._report = report
        self._started = time.monotonic()
        self._last_report = float("-inf")
        self._received_bytes = 0

    def received(self, chunk_bytes: int, bytes_so_far: int, total_bytes: int | None) -> None:
        """Count received bytes, and report them unless the last report is recent."""
        self._received_bytes += chunk_bytes
        if time.monotonic() - self._last_report >= _REPORT_EVERY_SECONDS:
            self.report(bytes_so_far, total_bytes)

    def report(self, bytes_so_far: int, total_bytes: int | None) -> None:
        """Report now."""
        if self._report is None:
            return
        self._last_report = time.monotonic()
        seconds = max(self._last_report - self._started, 1e-6)
        self._report(DownloadProgress(bytes_so_far, total_bytes, self._received_bytes / seconds))
