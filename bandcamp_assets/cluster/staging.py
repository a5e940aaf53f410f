"""Stages raw files in this process or on workers: one task for each file, or for each shard of a large plain file.

`lake.staging` parses a file. A compressed file can only be read from its beginning, so it is one task. The asset
chooses the files and records them.
"""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from itertools import accumulate, groupby
from pathlib import Path
from types import MappingProxyType

from bandcamp_assets.cluster.attempt import Attempt, attempt_folder
from bandcamp_assets.cluster.shards import (
    DayOfShards,
    ParsedShard,
    Part,
    Shard,
    concatenate,
    cut,
    parse_shard,
    put_day_together,
    rejected_part,
    sales_part,
)
from bandcamp_assets.cluster.whole_files import FileToStage, stage_here, stage_into
from bandcamp_assets.cluster.workers import DaskWorkers
from bandcamp_assets.contract.version import contract_version
from bandcamp_assets.lake.damage import NOT_RECORDED, RAW_REMEDY, DamagedFileError
from bandcamp_assets.lake.layout import rejected_file, staged_file
from bandcamp_assets.lake.made import StagedFile
from bandcamp_assets.lake.raw_reading import RawFileWhileRead
from bandcamp_assets.sources.raw_file import RawFile
from bandcamp_assets.system.disk import disk_errors, replace_file
from bandcamp_assets.system.home import Home
from bandcamp_assets.system.progress import Progress
from bandcamp_assets.system.scratch import scratch_folder

CUT_BYTES = 64 * 2**20
"""A plain CSV of at least this size is cut into shards. For a smaller one, reading it twice is not worth it."""


def stage_files(
    files: Sequence[RawFile],
    home: Home,
    workers: DaskWorkers | None,
    *,
    crc32cs: Mapping[str, str] = MappingProxyType({}),
    cut_bytes: int = CUT_BYTES,
) -> Iterator[StagedFile]:
    """Stage raw files in the given order. Put each into the lake, and then yield it.

    Args:
        files: The raw files.
        home: The home with the raw files and the lake.
        workers: The workers; None for this process.
        crc32cs: Recorded CRC32C of raw files by `file_id`, which is faster to compare than SHA-256.
        cut_bytes: Plain files of at least this size are cut into shards for the workers.

    Raises:
        PlatformError: If a file cannot be read or is not what landed. Earlier files are in the lake.
    """

    def task(file: RawFile, scratch: Path) -> FileToStage:
        return FileToStage(file, _landed(file, home), scratch, crc32cs.get(file.file_id, NOT_RECORDED))

    if workers is None:
        yield from stage_here((task(file, home.scratch) for file in files), home.lake)
        return
    with scratch_folder(home.scratch, "stage") as scratch:
        tasks = [task(file, scratch) for file in files]
        for can_be_cut, group in groupby(tasks, lambda task: _can_be_cut(task, cut_bytes)):
            stage = _stage_in_shards if can_be_cut else _stage_each
            yield from stage(list(group), home.lake, workers)


def _landed(file: RawFile, home: Home) -> Path:
    path = home.landing / file.stored_as
    if not path.is_file():
        raise DamagedFileError(f"The raw file {file.name} that was landed is gone", path=path, remedy=RAW_REMEDY)
    return path


def _can_be_cut(task: FileToStage, cut_bytes: int) -> bool:
    form = task.file.form
    return task.path.stat().st_size >= cut_bytes and form is not None and form.is_direct


def stage_apart(task: FileToStage) -> Attempt[StagedFile]:
    """Stage a whole file into a separate lake in the run's scratch folder. Runs on a worker."""
    folder = attempt_folder(task.scratch, task.file.file_id)
    return Attempt(folder, stage_into(task, folder, folder, report=False))


def _stage_each(tasks: Sequence[FileToStage], lake: Path, workers: DaskWorkers) -> Iterator[StagedFile]:
    for attempt in workers.run_in_order(stage_apart, tasks, lambda task: f"the file {task.file.name}"):
        staged, folder = attempt.made, attempt.folder
        made = {day.sale_date: staged_file(folder, day.sale_date, staged.file_id) for day in staged.days}
        _publish(staged.file_id, made, rejected_file(folder, staged.file_id), lake)
        shutil.rmtree(folder, ignore_errors=True)
        yield staged


def _stage_in_shards(tasks: Sequence[FileToStage], lake: Path, workers: DaskWorkers) -> Iterator[StagedFile]:
    for task in tasks:
        started = time.perf_counter()
        folder = attempt_folder(task.scratch, "shards")
        compared = RawFileWhileRead(task.path, task.file, task.crc32c)
        with compared.is_to_blame():
            shards = cut(task.file, task.path, folder)
            compared.finish()
        if shards is None:
            yield from _stage_each([task], lake, workers)
            continue
        staged = _parse_and_put_together(task.file, shards, folder, lake, workers, _clock(started))
        shutil.rmtree(folder, ignore_errors=True)
        yield staged


def _clock(started: float) -> Callable[[], float]:
    return lambda: round(time.perf_counter() - started, 3)


def _parse_and_put_together(
    file: RawFile,
    shards: Sequence[Shard],
    folder: Path,
    lake: Path,
    workers: DaskWorkers,
    seconds: Callable[[], float],
) -> StagedFile:
    parsed = _parse(file, shards, workers)
    before = list(accumulate((shard.made.records for shard in parsed), initial=0))
    days = [
        DayOfShards(day, _parts_of(day, parsed, before), folder)
        for day in sorted({day for shard in parsed for day in shard.made.days})
    ]
    together = list(workers.run_in_order(put_day_together, days, lambda day: f"{file.name} on {day.day}"))
    rejected = folder / "rejected.parquet"
    parts = [Part(rejected_part(shard.folder), rows) for shard, rows in zip(parsed, before, strict=False)]
    concatenate(parts, rejected)
    made = {day.made.sale_date: sales_part(day.folder, day.made.sale_date) for day in together}
    _publish(file.file_id, made, rejected, lake)
    counts = sum((Counter(shard.made.rejected) for shard in parsed), Counter[str]())
    return StagedFile(
        file_id=file.file_id,
        contract=contract_version(),
        raw_rows=before[-1],
        rejected=dict(sorted(counts.items())),
        days=[day.made for day in together],
        seconds=seconds(),
        rounded_amounts=sum(shard.made.rounded_amounts for shard in parsed),
    )


def _parse(file: RawFile, shards: Sequence[Shard], workers: DaskWorkers) -> list[Attempt[ParsedShard]]:
    progress = Progress("staged_sales", "rows read")
    parsed, rows = [], 0
    for shard in workers.run_in_order(parse_shard, shards, lambda shard: f"{file.name} from byte {shard.start}"):
        parsed.append(shard)
        rows += shard.made.records
        progress(rows)
    return parsed


def _parts_of(day: date, parsed: Sequence[Attempt[ParsedShard]], before: Sequence[int]) -> tuple[Part, ...]:
    return tuple(
        Part(sales_part(shard.folder, day), rows)
        for shard, rows in zip(parsed, before, strict=False)
        if day in shard.made.days
    )


def _publish(file_id: str, days: dict[date, Path], rejected: Path, lake: Path) -> None:
    """Move the complete Parquet of a file to the lake."""
    for day, path in days.items():
        target = staged_file(lake, day, file_id)
        with disk_errors(target):
            replace_file(path, target)
    with disk_errors(lake):
        replace_file(rejected, rejected_file(lake, file_id))
