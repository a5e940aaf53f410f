"""If workers or the scheduler are killed, nothing is lost or half-made, or there is one clear error."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bandcamp_assets.cluster import cleaning, open_workers, workers
from bandcamp_assets.lake.made import StagedFile
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets_tests.cluster import tasks
from bandcamp_assets_tests.cluster.lakes import Lake, sales
from bandcamp_assets_tests.cluster.processes import Cluster, cluster

PATIENCE_SECONDS = 2.0


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.land(tmp_path / "home", sales(6, 30))


@pytest.fixture
def staged(lake: Lake) -> list[StagedFile]:
    return lake.stage(None)


@contextmanager
def meanwhile(action: Callable[[], object]) -> Iterator[None]:
    """Do something in another thread."""
    thread = threading.Thread(target=action)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def cleaned_alone(lake: Lake, staged: list[StagedFile], folder: Path) -> dict[str, bytes]:
    """The result of one process for the same file."""
    alone = Lake.land(folder, (lake.home.landing / "1.csv").read_bytes())
    alone.clean(alone.stage(None), None)
    return alone.files("cleaned_sales")


def test_a_worker_killed_mid_way_loses_nothing(
    lake: Lake, staged: list[StagedFile], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cleaning, "clean_apart", tasks.linger_once)

    with (
        cluster(tmp_path / "dask", workers=2) as started,
        meanwhile(lambda: os.kill(tasks.who_lingers(lake.home), signal.SIGKILL)),
        open_workers(started.address, lake.home) as at_work,
    ):
        cleaned = lake.clean(staged, at_work)
        died = [worker for worker in started.workers if worker.poll() is not None]

    assert len(died) == 1
    assert [day.sale_date for day in cleaned] == [day.sale_date for day in staged[0].days]
    assert lake.files("cleaned_sales") == cleaned_alone(lake, staged, tmp_path / "alone")
    assert list(lake.home.scratch.iterdir()) == []


@pytest.mark.long
def test_after_the_last_worker_is_killed_the_run_waits_for_another(
    lake: Lake,
    staged: list[StagedFile],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cleaning, "clean_apart", tasks.linger_once)
    said = threading.Event()

    def replace_worker(started: Cluster) -> None:
        os.kill(tasks.who_lingers(lake.home), signal.SIGKILL)
        said.wait(tasks.LONG_SECONDS)
        started.start_worker()

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "has no workers" in record.getMessage():
                said.set()

    listener = Listener()
    workers.LOGGER.addHandler(listener)
    try:
        with (
            cluster(tmp_path / "dask", workers=1) as started,
            meanwhile(lambda: replace_worker(started)),
            open_workers(started.address, lake.home) as at_work,
        ):
            lake.clean(staged, at_work)
    finally:
        workers.LOGGER.removeHandler(listener)

    assert said.is_set()
    assert lake.files("cleaned_sales") == cleaned_alone(lake, staged, tmp_path / "alone")


@pytest.mark.long
def test_all_workers_gone_for_good_is_one_clear_error(
    lake: Lake, staged: list[StagedFile], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cleaning, "clean_apart", tasks.linger)

    with (
        cluster(tmp_path / "dask", workers=1) as started,
        meanwhile(lambda: os.kill(tasks.who_lingers(lake.home), signal.SIGKILL)),
        open_workers(started.address, lake.home) as at_work,
    ):
        # Only from here on, so that the worker has enough time to start.
        monkeypatch.setattr(at_work, "_patience_seconds", PATIENCE_SECONDS)
        with pytest.raises(PlatformError, match="has had no workers for 2 seconds"):
            lake.clean(staged, at_work)

    assert lake.files("cleaned_sales") == {}
    assert list(lake.home.scratch.iterdir()) == []


def test_a_task_that_kills_its_workers_is_one_clear_error(
    lake: Lake, staged: list[StagedFile], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cleaning, "clean_apart", tasks.die)

    with (
        pytest.raises(PlatformError, match=r"Every worker that tried the day 2020-09-\d+ died"),
        cluster(tmp_path / "dask", workers=2, DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0") as started,
        open_workers(started.address, lake.home) as at_work,
    ):
        lake.clean(staged, at_work)


def test_the_scheduler_killed_mid_way_is_one_clear_error(
    lake: Lake, staged: list[StagedFile], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cleaning, "clean_apart", tasks.linger)
    monkeypatch.setattr(workers, "CONNECT_SECONDS", PATIENCE_SECONDS)

    def end_scheduler(started: Cluster) -> None:
        tasks.who_lingers(lake.home)
        assert started.scheduler
        started.scheduler.kill()

    with (
        pytest.raises(PlatformError, match="The Dask scheduler is gone"),
        cluster(tmp_path / "dask", workers=1) as started,
        meanwhile(lambda: end_scheduler(started)),
        open_workers(started.address, lake.home) as at_work,
    ):
        lake.clean(staged, at_work)

    assert lake.files("cleaned_sales") == {}
    assert list(lake.home.scratch.iterdir()) == []


class FailsAsTheWaitEnds:
    """A task that fails between the end of a wait and the look at its state, which no real one does on demand."""

    status = "error"

    def result(self, timeout: float | None = None) -> None:
        if timeout is not None:
            raise TimeoutError
        raise PlatformError("The task failed", where="a worker", remedy="try again")


def test_the_error_of_a_task_is_not_hidden_by_a_wait_that_ends_at_the_same_time() -> None:
    handed_out = workers.DaskWorkers(AtWork(), "tcp://127.0.0.1:1", PATIENCE_SECONDS)  # type: ignore[arg-type]

    with pytest.raises(PlatformError, match="The task failed"):
        list(handed_out.run_in_order(len, ["a file"], str))


class AtWork:
    """A client whose only task `FailsAsTheWaitEnds`."""

    status = "running"

    def submit(self, *_task: object, pure: bool) -> FailsAsTheWaitEnds:
        assert not pure
        return FailsAsTheWaitEnds()
