"""Checks before work begins that every worker has the same software and sees this home.

`workers` hands out the tasks.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bandcamp_assets.cluster.software import Software, this_software
from bandcamp_assets.system.disk import disk_errors
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.home import Home
from bandcamp_assets.system.scratch import scratch_folder

if TYPE_CHECKING:
    from distributed import Client


@dataclass(frozen=True)
class Seen:
    """What a worker reports of itself.

    Attributes:
        software: Its software.
        token: The text of the file that it was asked to read; None if it does not see that file.
        fault: Why it cannot write next to that file; empty if it can.
    """

    software: Software
    token: str | None
    fault: str


def look_around(probe: Path) -> Seen:
    """Report the software of this process and what it sees. Runs on a worker."""
    try:
        token = probe.read_text()
        with (probe.parent / uuid.uuid4().hex).open("w") as own:
            own.write(token)
    except FileNotFoundError:
        return Seen(this_software(), None, "")
    except OSError as error:
        return Seen(this_software(), probe.name, f"{error.strerror or error}")
    return Seen(this_software(), token, "")


def check_every_worker(client: Client, home: Home) -> int:
    """Check the software and the home of every worker.

    Returns:
        The number of workers.

    Raises:
        PlatformError: If a worker has other software, or cannot see or write this home.
    """
    with scratch_folder(home.scratch, "probe") as folder, disk_errors(folder):
        probe = folder / "token"
        probe.write_text(uuid.uuid4().hex)
        answers = client.run(look_around, probe, on_error="return")
        for worker, seen in sorted(answers.items()):
            _judge(worker, seen, probe.read_text(), home)
    return len(answers)


def _judge(worker: str, seen: Seen | BaseException, token: str, home: Home) -> None:
    where = f"Dask worker {worker}"
    same_software = "start the workers from the environment, or image, that this process runs in"
    same_home = f"mount the same folder, writable, at {home.root} on every worker"
    if isinstance(seen, BaseException):
        raise PlatformError(
            f"A worker cannot load this platform: {type(seen).__name__}: {seen}", where=where, remedy=same_software
        ) from seen
    if differences := this_software().differences(seen.software):
        raise PlatformError(f"A worker has another version: {differences}", where=where, remedy=same_software)
    if seen.fault:
        raise PlatformError(f"A worker cannot write the home: {seen.fault}", where=where, remedy=same_home)
    if seen.token != token:
        raise PlatformError("A worker does not see the same home", where=where, remedy=same_home)
