"""Whether a process that was at work once still is. Knows nothing of Dagster."""

from __future__ import annotations

import os
from pathlib import Path

_CLOCK_SLACK_SECONDS = 10.0
"""Linux gives the time of its start, which processes count from, in whole seconds."""


def is_alive(process_id: int, at_work_at: float) -> bool:
    """Whether the process that had this id at a time (Unix seconds) still runs.

    A number that has been given to another process since, or a dead process that its parent has not asked
    about, counts as dead. Where there is no `/proc` to tell, any process of that number counts as alive.
    """
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # alive, and another user's
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
