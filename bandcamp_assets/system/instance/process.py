"""Checks whether a process is still alive. Knows nothing of Dagster."""

from __future__ import annotations

import os
from pathlib import Path

_CLOCK_SLACK_SECONDS = 10.0
"""Linux counts the start of a process from the time it booted, which it gives in whole seconds."""


def is_alive(process_id: int, at_work_at: float) -> bool:
    """Whether the process that had this id at a time (Unix seconds) still runs.

    An id that another process has now counts as dead, and so does a zombie. Without `/proc`, any process with
    that id counts as alive.
    """
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # alive, but another user's
    try:
        fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
        state, started_ticks = fields[0], int(fields[19])
        boot_seconds = next(
            int(line.split()[1])
            for line in Path("/proc/stat").read_text().splitlines()
            if line.startswith("btime ")
        )
    except OSError:
        return True
    started_at = boot_seconds + started_ticks / os.sysconf("SC_CLK_TCK")
    return state != "Z" and started_at <= at_work_at + _CLOCK_SLACK_SECONDS
