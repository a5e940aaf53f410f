"""Tasks are handed out a few at a time, and dropped when the run ends."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from bandcamp_assets.cluster import open_workers
from bandcamp_assets.cluster.workers import TASKS_A_THREAD
from bandcamp_assets_tests.cluster import tasks
from bandcamp_assets_tests.cluster.lakes import Lake
from bandcamp_assets_tests.cluster.processes import Cluster

MANY = 1000


def test_few_tasks_are_taken_in_advance_and_the_rest_is_dropped(tmp_path: Path, two_workers: Cluster) -> None:
    lake = Lake.land(tmp_path / "home")
    marks = tmp_path / "marks"
    marks.mkdir()
    taken = 0

    def inputs() -> Iterator[Path]:
        nonlocal taken
        for _ in range(MANY):
            taken += 1
            yield marks

    with open_workers(two_workers.address, lake.home) as workers:
        assert workers
        processes = {
            made
            for made, _ in zip(workers.run_in_order(tasks.leave_a_mark, inputs(), str), range(6), strict=False)
        }

    assert processes == {worker.pid for worker in two_workers.workers}
    assert taken <= 7 + 2 * TASKS_A_THREAD
    assert _settled(marks) <= taken


def test_waiting_tasks_of_a_stopped_run_never_run(tmp_path: Path, two_workers: Cluster) -> None:
    lake = Lake.land(tmp_path / "home")
    marks = tmp_path / "marks"
    marks.mkdir()

    with open_workers(two_workers.address, lake.home) as workers:
        assert workers
        next(workers.run_in_order(tasks.leave_a_mark, [marks] * MANY, str))

    # One task is done; each worker may also finish the task that it was running.
    assert _settled(marks) < 1 + 2 * TASKS_A_THREAD


def _settled(folder: Path) -> int:
    """The number of files once it no longer grows."""
    before, now = -1, len(list(folder.iterdir()))
    while now != before:
        time.sleep(1)
        before, now = now, len(list(folder.iterdir()))
    return now
