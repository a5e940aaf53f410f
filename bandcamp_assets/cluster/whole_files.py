"""Stages whole raw files in one process: one after the other, or several small ones at once.

Which files are staged where, and what is cut into shards, stands in `staging`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from bandcamp_assets.lake.damage import NOT_RECORDED
from bandcamp_assets.lake.made import StagedFile
from bandcamp_assets.lake.raw_reading import RawFileWhileRead
from bandcamp_assets.lake.staging import stage_delivery
from bandcamp_assets.sources.delivery.file_format import FileFormat
from bandcamp_assets.sources.delivery.recognition import format_of_landed
from bandcamp_assets.sources.raw_file import RawFile
from bandcamp_assets.system.progress import Progress
from bandcamp_assets.system.scratch import scratch_folder

SMALL_BYTES = 2**20
"""A smaller file takes longer to write safely than to parse."""

SMALL_FILES = 4
"""Small files that are staged at once."""


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
        yield from _stage_some(group, lake, at_once=SMALL_FILES if is_small else 1)


def _stage_some(tasks: Iterable[FileToStage], lake: Path, *, at_once: int) -> Iterator[StagedFile]:
    """Stage some files at once. While one waits for the disk, others are parsed."""

    def stage(task: FileToStage) -> StagedFile:
        with scratch_folder(task.scratch, "stage") as scratch:
            return stage_into(task, lake, scratch, report=True)

    if at_once == 1:
        yield from map(stage, tasks)
        return
    with ThreadPoolExecutor(at_once, thread_name_prefix="file") as pool:
        running: deque[Future[StagedFile]] = deque()
        try:
            for task in tasks:
                running.append(pool.submit(stage, task))
                if len(running) > at_once:
                    yield running.popleft().result()
            while running:
                yield running.popleft().result()
        finally:
            for future in running:
                future.cancel()


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
