"""Stages whole raw files in one process: one after the other, or many small ones together.

Which files are staged where, and what is cut into shards, stands in `staging`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, groupby, islice
from pathlib import Path

from bandcamp_assets.lake.damage import NOT_RECORDED
from bandcamp_assets.lake.made import StagedFile
from bandcamp_assets.lake.raw_reading import RawFileWhileRead
from bandcamp_assets.lake.small_files import SmallFile, convert_together, read_small_file, stage_converted
from bandcamp_assets.lake.staging import stage_delivery
from bandcamp_assets.sources.delivery.file_format import FileFormat
from bandcamp_assets.sources.delivery.recognition import format_of_landed
from bandcamp_assets.sources.raw_file import RawFile
from bandcamp_assets.system.progress import Progress
from bandcamp_assets.system.scratch import scratch_folder

SMALL_BYTES = 2**20
"""Files smaller than this are staged together."""

TOGETHER, TOGETHER_BYTES = 64, 16 * 2**20
"""How many small files are converted together, and how large their records may be in memory. There, a packed file
may be a thousand times as large as on the disk."""

AT_ONCE = 4
"""Small files that are written at once."""


@dataclass(frozen=True)
class FileToStage:
    """One raw file.

    Attributes:
        file: The raw file.
        path: Its path.
        scratch: The run's scratch folder, on the same disk as the lake.
        crc32c: The recorded checksum of the file. If it is empty, SHA-256 is compared instead.
    """

    file: RawFile
    path: Path
    scratch: Path
    crc32c: str = NOT_RECORDED


def stage_here(tasks: Iterable[FileToStage], lake: Path) -> Iterator[StagedFile]:
    """Stage files in this process, in the given order."""
    for is_small, group in groupby(tasks, lambda task: task.path.stat().st_size < SMALL_BYTES):
        if is_small:
            yield from _stage_small(group, lake)
        else:
            yield from (_stage(task, lake) for task in group)


def _stage(task: FileToStage, lake: Path) -> StagedFile:
    with scratch_folder(task.scratch, "stage") as scratch:
        return stage_into(task, lake, scratch, report=True)


def _stage_small(tasks: Iterator[FileToStage], lake: Path) -> Iterator[StagedFile]:
    """Stage small files, some together. While one waits for the disk, another is written."""
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="file") as pool:
        while following := next(tasks, None):
            with scratch_folder(following.scratch, "stage") as scratch:
                yield from _stage_together(chain([following], tasks), lake, scratch, pool)


def _stage_together(
    tasks: Iterator[FileToStage], lake: Path, scratch: Path, pool: ThreadPoolExecutor
) -> Iterator[StagedFile]:
    """Stage the first of these files. If one of them cannot be read, those before it are staged all the same."""
    started = time.perf_counter()
    read, fault = _read_some(tasks, scratch)
    small = [file for _task, file in read if file]
    converted = dict(zip((file.file_id for file in small), convert_together(small), strict=True))
    seconds = (time.perf_counter() - started) / max(len(read), 1)

    def put(one: tuple[FileToStage, SmallFile | None]) -> StagedFile:
        task, file = one
        if file is None:
            return _stage(task, lake)
        folder = scratch / file.file_id
        folder.mkdir()
        return stage_converted(file, converted[file.file_id], lake=lake, scratch=folder, seconds=seconds)

    yield from pool.map(put, read)
    if fault:
        raise fault


def _read_some(
    tasks: Iterator[FileToStage], scratch: Path
) -> tuple[list[tuple[FileToStage, SmallFile | None]], Exception | None]:
    """Read files until they are enough, or up to the first that is gone or cannot be read."""
    read: list[tuple[FileToStage, SmallFile | None]] = []
    size = 0
    try:
        for task in islice(tasks, TOGETHER):
            file = _read(task, scratch)
            read.append((task, file))
            size += file.records.size if file else 0
            if size > TOGETHER_BYTES:
                break
    except Exception as fault:
        return read, fault
    return read, None


def _read(task: FileToStage, scratch: Path) -> SmallFile | None:
    file = task.file
    compared = RawFileWhileRead(task.path, file, task.crc32c)
    with compared.is_to_blame():
        found = read_small_file(
            task.path,
            _form_of(task),
            file_id=file.file_id,
            arrived_at=file.arrived_at,
            scratch=scratch,
            where=file.name,
        )
    compared.finish()
    return found


def stage_into(task: FileToStage, lake: Path, scratch: Path, *, report: bool) -> StagedFile:
    """Stage one file into a lake, and compare it with what was recorded when it landed."""
    file = task.file
    compared = RawFileWhileRead(task.path, file, task.crc32c)
    with compared.is_to_blame():
        return stage_delivery(
            task.path,
            _form_of(task),
            file_id=file.file_id,
            arrived_at=file.arrived_at,
            lake=lake,
            scratch=scratch,
            where=file.name,
            on_progress=Progress("staged_sales", "rows read") if report else None,
            verify=compared.finish,
        )


def _form_of(task: FileToStage) -> FileFormat:
    return task.file.form or format_of_landed(
        task.path, task.file.name, is_page=task.file.origin.startswith("feed:")
    )
