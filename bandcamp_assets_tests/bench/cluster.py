"""Measures staging and cleaning here and on workers of this machine, on the same generated file, and compares.

On two cores the workers share what one process had to itself: the figures show what handing out costs, and
how the work divides, not what more machines gain.

    python -m bandcamp_assets_tests.bench.cluster [--rows 1000000] [--workers 0 1 2] [--folder FOLDER]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import psutil

from bandcamp_assets.cluster import DaskWorkers, DayToClean, clean_days, open_workers, stage_files
from bandcamp_assets.deployment.settings import Settings
from bandcamp_assets.lake.made import CleanedDay, StagedFile
from bandcamp_assets.sources.raw_file import RawFile
from bandcamp_assets.sources.sample import write_sample
from bandcamp_assets.system.checksums import sha256_of
from bandcamp_assets.system.home import Home
from bandcamp_assets.system.scratch import scratch_folder
from bandcamp_assets_tests.cluster.processes import Cluster, cluster

Made = tuple[list[StagedFile], list[CleanedDay]]


class Stopwatch:
    """Wall seconds, and CPU seconds of this process and the workers."""

    def __init__(self, workers: list[int]) -> None:
        self._processes = [psutil.Process(), *map(psutil.Process, workers)]
        self._wall, self._cpu = time.perf_counter(), self._cpu_seconds()

    def _cpu_seconds(self) -> list[float]:
        return [sum(process.cpu_times()[:2]) for process in self._processes]

    def lap(self) -> str:
        """What was used since the last lap."""
        wall, cpu = time.perf_counter(), self._cpu_seconds()
        used = [after - before for before, after in zip(self._cpu, cpu, strict=True)]
        text = f"{wall - self._wall:5.1f} s wall, {used[0]:5.1f} s CPU here, {sum(used[1:]):5.1f} s CPU of workers"
        self._wall, self._cpu = wall, cpu
        return text


def work(home: Home, file: RawFile, workers: DaskWorkers | None, pids: list[int]) -> Made:
    """Stage one file and clean its days; print what each took."""
    watch = Stopwatch(pids)
    staged = list(stage_files([file], home, workers))
    print("  stage", watch.lap())
    with scratch_folder(home.scratch, "clean") as scratch:
        days = [
            DayToClean(day.sale_date, (file.file_id,), home.lake, scratch) for day in staged[0].days if day.rows
        ]
        cleaned = list(clean_days(days, workers))
    print("  clean", watch.lap())
    return [replace(file, seconds=0.0) for file in staged], cleaned


def is_same(one: Home, other: Home) -> bool:
    """Whether two lakes hold the same rows in the same order, and the same bytes of cleaned days."""
    for path in one.lake.rglob("*.parquet"):
        twin = other.lake / path.relative_to(one.lake)
        is_final = "cleaned_sales" in path.parts or "duplicate_sales" in path.parts
        if is_final and path.read_bytes() != twin.read_bytes():
            return False
        if not pl.read_parquet(path).equals(pl.read_parquet(twin)):
            return False
    return True


def main() -> None:
    """Make the file, work on it in turns, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--workers", type=int, nargs="+", default=[0, 1, 2], help="0 is this process alone")
    parser.add_argument("--folder", type=Path, help="where to work; needs about 400 bytes a row")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as made:
        compare(Path(made), arguments.rows, arguments.workers)


def compare(folder: Path, rows: int, counts: list[int]) -> None:
    """Work in this process or on so many workers, one after the other; compare each with the first."""
    source = folder / "sample.csv"
    write_sample(source, rows=rows)
    expected: Made | None = None
    for count in counts:
        with ExitStack() as stack:
            started = stack.enter_context(cluster(folder / f"dask{count}", workers=count)) if count else None
            home = Home(folder / f"home{count}")
            home.prepare()
            file = _land(source, home)
            workers = _open(stack, home, started, count)
            print(f"{count} workers" if count else "one process")
            made = work(home, file, workers, [worker.pid for worker in started.workers] if started else [])
        if expected is None:
            expected = made
        print("  same as the first:", made == expected and is_same(Home(folder / f"home{counts[0]}"), home))


def _land(source: Path, home: Home) -> RawFile:
    (home.landing / source.name).hardlink_to(source)
    return RawFile(
        file_id="f00d",
        name=source.name,
        stored_as=source.name,
        origin="path:bench",
        synthetic=True,
        size=source.stat().st_size,
        sha256=sha256_of(source),
        arrived_at=datetime(2020, 12, 1, tzinfo=UTC),
        arrival=1,
    )


def _open(stack: ExitStack, home: Home, started: Cluster | None, count: int) -> DaskWorkers | None:
    settings = Settings(home=home, dask_scheduler=started.address if started else "")
    workers = stack.enter_context(open_workers(settings))
    while workers and workers.threads < count:
        time.sleep(0.2)
        workers.wait_for_a_worker()
    return workers


if __name__ == "__main__":
    main()
