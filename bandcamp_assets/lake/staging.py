"""Stages a raw file: parses it once into typed Parquet by UTC day, and rejected rows.

Memory is bounded: chunks go through a few threads into Polars' streaming sink (see `days`). The caller chooses the
raw files. Nothing counts as staged until the caller has recorded it in the catalog.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import polars as pl

from bandcamp_assets.contract.version import contract_version
from bandcamp_assets.lake.appending import ParquetAppender
from bandcamp_assets.lake.conversion import REJECTED_SCHEMA, Converted, convert
from bandcamp_assets.lake.days import write_days
from bandcamp_assets.lake.layout import rejected_file, staged_file
from bandcamp_assets.lake.made import StagedFile
from bandcamp_assets.lake.reading import Part, csv_parts, parts_of
from bandcamp_assets.sources.delivery.file_format import Content, FileFormat
from bandcamp_assets.system.disk import disk_errors, replace_file

if TYPE_CHECKING:
    import pyarrow as pa

WORKERS = 2
"""Threads that parse. Polars' own threads do the rest. More than two were not faster on two cores."""


@dataclass
class Tally:
    """Counts of what was read so far: records, rejected rows by reason, and rounded amounts."""

    records: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    rounded_amounts: int = 0

    def add(self, records: int, converted: Converted) -> None:
        """Add the counts of one chunk."""
        self.records += records
        self.rejected.update(converted.rejected["reason"].to_list())
        self.rounded_amounts += converted.rounded_amounts


def stage_delivery(
    path: Path,
    form: FileFormat,
    *,
    file_id: str,
    arrived_at: datetime,
    lake: Path,
    scratch: Path,
    where: str,
    on_progress: Callable[[int], None] | None = None,
    verify: Callable[[], None] = lambda: None,
) -> StagedFile:
    """Parse one delivered file, and put its sales, by day, and its rejected rows into the lake.

    Files are completed in `scratch` first. After an error, the lake is unchanged.

    Args:
        path: The file.
        form: What it is, as `sources.delivery` found.
        file_id: Id of the raw file, for the names of the staged files and the column `source_file`.
        arrived_at: When the file arrived (UTC).
        lake: The lake's folder.
        scratch: An empty folder on the same disk.
        where: The file's name, for errors.
        on_progress: Called with the number of records read so far.
        verify: Called when all is read, before anything reaches the lake. It raises if the file is not right.

    Returns:
        Counts and money by day, measured from the Parquet files.

    Raises:
        PlatformError: If the file cannot be read.
    """
    started, tally = time.perf_counter(), Tally()
    batches = _convert_all(parts_of(path, form, scratch, where), file_id, arrived_at, tally)
    return put_in_lake(batches, tally, file_id, lake, scratch, started, on_progress, verify)


def stage_file(
    stream: BinaryIO,
    *,
    file_id: str,
    arrived_at: datetime,
    lake: Path,
    scratch: Path,
    where: str,
    on_progress: Callable[[int], None] | None = None,
    verify: Callable[[], None] = lambda: None,
) -> StagedFile:
    """Parse a CSV like the archive's, which is open already. As `stage_delivery` otherwise."""
    started, tally = time.perf_counter(), Tally()
    batches = _convert_all(csv_parts(stream, Content(), scratch, where), file_id, arrived_at, tally)
    return put_in_lake(batches, tally, file_id, lake, scratch, started, on_progress, verify)


def put_in_lake(
    batches: Iterator[Converted],
    tally: Tally,
    file_id: str,
    lake: Path,
    scratch: Path,
    started: float,
    on_progress: Callable[[int], None] | None = None,
    verify: Callable[[], None] = lambda: None,
) -> StagedFile:
    """Write the converted rows to Parquet in `scratch`, and move the files to the lake once all are complete.

    Args:
        batches: The rows, in the file's order.
        tally: Has counted the rows once `batches` has ended.
        file_id: Id of the raw file.
        lake: The lake's folder.
        scratch: An empty folder on the same disk.
        started: When staging began, by `time.perf_counter`.
        on_progress: Called with the number of records read so far.
        verify: Called before anything reaches the lake.
    """
    rejected_path = scratch / "rejected.parquet"
    with disk_errors(scratch), ParquetAppender(rejected_path, _rejected_schema()) as rejected:

        def sales() -> Iterator[pl.DataFrame]:
            for converted in batches:
                rejected.write(converted.rejected)
                if on_progress:
                    on_progress(tally.records)
                yield converted.sales

        days = write_days(sales(), scratch / "staged")
    verify()
    for day in days:
        replace_file(scratch / "staged" / f"{day.sale_date}.parquet", staged_file(lake, day.sale_date, file_id))
    replace_file(rejected_path, rejected_file(lake, file_id))
    return StagedFile(
        file_id=file_id,
        contract=contract_version(),
        raw_rows=tally.records,
        rejected=dict(sorted(tally.rejected.items())),
        days=days,
        seconds=round(time.perf_counter() - started, 3),
        rounded_amounts=tally.rounded_amounts,
    )


@cache
def _rejected_schema() -> pa.Schema:
    return pl.DataFrame(schema=REJECTED_SCHEMA).to_arrow().schema


def _convert_all(parts: Iterable[Part], file_id: str, arrived_at: datetime, tally: Tally) -> Iterator[Converted]:
    """Parse parts on several threads. Yield the results in the file's order, with final row numbers."""

    def work(part: Part) -> tuple[int, Converted]:
        records = part.records()
        converted = convert(records, source_file=file_id, first_row=1, arrived_at=arrived_at, content=part.content)
        return records.count, converted

    def finish(result: tuple[int, Converted]) -> Converted:
        count, converted = result
        shift = pl.col("source_row") + tally.records
        tally.add(count, converted)
        return Converted(converted.sales.with_columns(shift), converted.rejected.with_columns(shift))

    parts = iter(parts)
    start = list(islice(parts, 2))
    if len(start) == 1:
        # Threads would cost a small file more than they save.
        yield finish(work(start[0]))
        return
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="stage") as pool:
        running: deque[Future[tuple[int, Converted]]] = deque()
        for part in chain(start, parts):
            running.append(pool.submit(work, part))
            if len(running) > WORKERS:
                yield finish(running.popleft().result())
        while running:
            yield finish(running.popleft().result())
