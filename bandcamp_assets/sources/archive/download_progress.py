"""How far a download has come. What is done with it (a bar, a log line) is the caller's concern."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

_REPORT_EVERY_SECONDS = 0.25


@dataclass(frozen=True)
class DownloadProgress:
    """A moment of a download.

    Attributes:
        bytes_so_far: Bytes on disk, those of earlier processes included.
        total_bytes: Bytes of the whole file; None where the server does not say.
        bytes_per_second: Mean speed since this call began; bytes of earlier processes do not count.
    """

    bytes_so_far: int
    total_bytes: int | None
    bytes_per_second: float


class ProgressMeter:
    """Measures the speed, and reports a few times a second."""

    def __init__(self, report: Callable[[DownloadProgress], None] | None) -> None:
        self._report = report
        self._started = time.monotonic()
        self._last_report = float("-inf")
        self._received_bytes = 0

    def received(self, chunk_bytes: int, bytes_so_far: int, total_bytes: int | None) -> None:
        """Count what came in, and report it unless the last report is fresh."""
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
