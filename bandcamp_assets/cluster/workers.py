"""Connects to a Dask cluster, hands out tasks a few at a time, and reports its faults in plain words.

`cleaning`, `staging` and `shards` define the tasks. Dask retries a task if its worker dies.
`distributed` is imported only if a scheduler is set.
"""

# mypy: disable-error-code="no-untyped-call"
# Dask's own functions have no types.

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from bandcamp_assets.cluster.readiness import check_every_worker
from bandcamp_assets.cluster.software import Software, this_software
from bandcamp_assets.system.errors import PlatformError
from bandcamp_assets.system.home import Home
from bandcamp_assets.system.progress import LOGGER

if TYPE_CHECKING:
    from distributed import Client, Future

Given = TypeVar("Given")
Made = TypeVar("Made")

SETTING = "BANDCAMP_DASK_SCHEDULER"

CONNECT_SECONDS = 10.0
"""Longest wait for an answer of the scheduler."""

PATIENCE_SECONDS = 120.0
"""Longest wait while there are no workers: the cluster may be starting or restarting them."""

LOOK_SECONDS = 1.0
"""How often the cluster is checked while waiting for a task."""

TASKS_A_THREAD = 3
"""Tasks handed out for each thread of the workers: enough that no thread is idle, few enough for memory."""


class DaskWorkers:
    """The workers of one cluster. Made by `open_workers`.

    Args:
        client: Connected to the scheduler.
        address: The scheduler's address, for errors.
        patience_seconds: How long to wait for a worker while there is none.

    Attributes:
        threads: Threads of all workers at the last count.
    """

    def __init__(self, client: Client, address: str, patience_seconds: float) -> None:
        self._client = client
        self._address = address
        self._patience_seconds = patience_seconds
        self.threads = 0

    def run_in_order(
        self, task: Callable[[Given], Made], inputs: Iterable[Given], name: Callable[[Given], str]
    ) -> Iterator[Made]:
        """Run a task on each input, on any worker. Yield the results in the order of the inputs.

        Only a few inputs are taken, and results kept, in advance.

        Args:
            task: A function at module level. It may run twice, even at the same time.
            inputs: Its inputs.
            name: The name of an input for people.

        Raises:
            PlatformError: If a task raises it, its worker died too often, or workers or scheduler are gone.
        """
        running: deque[tuple[str, Future[Made]]] = deque()
        for given in inputs:
            running.append((name(given), self._submit(task, given)))
            if len(running) >= max(self.threads, 1) * TASKS_A_THREAD:
                yield self._result(*running.popleft())
        while running:
            yield self._result(*running.popleft())

    def wait_for_a_worker(self) -> None:
        """Wait until there is a worker.

        Raises:
            PlatformError: If the wait takes too long.
        """
        since = next_log = time.monotonic()
        while not self._count_threads():
            now = time.monotonic()
            if now - since > self._patience_seconds:
                raise PlatformError(
                    f"The Dask cluster has had no workers for {self._patience_seconds:.0f} seconds",
                    where=f"{self._address}, {SETTING}",
                    remedy="start workers and run again; what is finished is kept",
                )
            if now >= next_log:
                LOGGER.warning("Waiting: the Dask cluster at %s has no workers.", self._address)
                next_log = now + 10 * LOOK_SECONDS
            time.sleep(LOOK_SECONDS / 4)

    def _submit(self, task: Callable[[Given], Made], given: Given) -> Future[Made]:
        with self._scheduler_may_be_lost():
            return self._client.submit(_run_with, this_software(), task, given, pure=False)

    def _result(self, name: str, future: Future[Made]) -> Made:
        from distributed import KilledWorker

        try:
            while True:
                try:
                    with self._scheduler_may_be_lost():
                        return future.result(timeout=LOOK_SECONDS)
                except TimeoutError:
                    if future.status == "error":
                        # The task failed just then, or raised this itself. Either way this raises its error.
                        return future.result()
                    self.wait_for_a_worker()
        except KilledWorker as error:
            raise PlatformError(
                f"Every worker that tried {name} died",
                where=f"{error.last_worker.address if error.last_worker else 'a worker'} of {self._address}",
                remedy="read the worker's log; mostly it needs more memory or more room on its disk",
            ) from error

    def _count_threads(self) -> int:
        with self._scheduler_may_be_lost():
            self.threads = sum(self._client.nthreads().values())
        return self.threads

    @contextmanager
    def _scheduler_may_be_lost(self) -> Iterator[None]:
        try:
            yield
        except CancelledError as error:
            raise self._lost() from error
        except (OSError, RuntimeError) as error:
            # A task may raise these itself. The connection raises them when it is closed.
            if self._client.status == "running":
                raise
            raise self._lost() from error

    def _lost(self) -> PlatformError:
        return PlatformError(
            "The Dask scheduler is gone",
            where=f"{self._address}, {SETTING}",
            remedy="start scheduler and workers and run again; what is finished is kept",
        )


def _run_with(software: Software, task: Callable[[Given], Made], given: Given) -> Made:
    """Run a task on a worker, which may have joined after the software of the others was checked."""
    if differences := software.differences(this_software()):
        raise PlatformError(
            f"A worker that joined late has another version: {differences}",
            where="a Dask worker",
            remedy="start the workers from the environment, or image, that this process runs in",
        )
    return task(given)


@contextmanager
def open_workers(
    scheduler: str, home: Home, *, patience_seconds: float = PATIENCE_SECONDS
) -> Iterator[DaskWorkers | None]:
    """Connect to a cluster and check that it can do the work.

    When the context ends, waiting tasks are dropped.

    Args:
        scheduler: The scheduler's address; empty if the work stays in this process.
        home: The home, which every worker must see.
        patience_seconds: How long to wait for the first worker.

    Yields:
        The workers; None without a scheduler.

    Raises:
        PlatformError: If the cluster does not answer, or its workers have other software or another home.
    """
    if not scheduler:
        yield None
        return
    with _connect(scheduler) as client:
        workers = DaskWorkers(client, scheduler, patience_seconds)
        workers.wait_for_a_worker()
        check_every_worker(client, home)
        yield workers


def verify_workers(scheduler: str, home: Home, *, patience_seconds: float = PATIENCE_SECONDS) -> str:
    """Check that a cluster can do the work, and say how many workers it has.

    Raises:
        PlatformError: As `open_workers`.
    """
    with _connect(scheduler) as client:
        DaskWorkers(client, scheduler, patience_seconds).wait_for_a_worker()
        count = check_every_worker(client, home)
    return f"{scheduler}, workers that see the home: {count}"


def _connect(address: str) -> Client:
    try:
        from distributed import Client
    except ImportError as error:
        raise PlatformError(
            "The package for Dask is not installed",
            where=f"the Python environment, {SETTING}",
            remedy="install the extra `cluster` (`pip install 'bandcamp-assets[cluster]'`), or unset the setting",
        ) from error
    try:
        return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except Exception as error:
        # Another kind of server at that address may cause any kind of error.
        raise PlatformError(
            "No Dask scheduler answers",
            where=f"{address}, {SETTING}",
            remedy="start it with `dask scheduler`, check the address, the port and the certificates,"
            " or unset the setting to work in this process",
        ) from error
