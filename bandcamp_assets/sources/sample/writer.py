"""Writes the sample to a file: makes chunks on a few threads, writes them in order, and counts them.

The other modules make the rows.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from decimal import Decimal
from pathlib import Path

from bandcamp_assets.contract.rejection import RejectionReason
from bandcamp_assets.sources.sample.arrays import Ints
from bandcamp_assets.sources.sample.chunks import Chunk, Tally, chunk_bounds, make_chunk
from bandcamp_assets.sources.sample.dirt import DIRT
from bandcamp_assets.sources.sample.edits import COLUMNS
from bandcamp_assets.sources.sample.expected import ExpectedCounts, ExpectedDay
from bandcamp_assets.sources.sample.orders import make_world
from bandcamp_assets.sources.sample.plan import make_plan
from bandcamp_assets.sources.sample.times import days
from bandcamp_assets.sources.sample_size import MAX_ROWS, MIN_ROWS
from bandcamp_assets.system.disk import disk_error
from bandcamp_assets.system.errors import PlatformError

_MAX_WORKERS = 4
"""Each has one or two chunks in memory."""


def write_sample(
    path: Path, *, rows: int, seed: int = 20200909, on_progress: Callable[[int], None] | None = None
) -> ExpectedCounts:
    """Write a CSV of synthetic sales with the archive's columns and known faults.

    The same rows and seed give the same bytes. After an error there is no file.

    Args:
        path: The file to write; an existing one is replaced.
        rows: Number of records, from 1,000 to 100,000,000. A record takes about 300 bytes.
        seed: The seed, from 0 to 2**63 - 1.
        on_progress: Called with the number of rows written so far.

    Returns:
        The expected counts.

    Raises:
        PlatformError: If `rows` or `seed` is out of bounds, or the file cannot be written.
    """
    _check(rows, seed)
    bounds = chunk_bounds(rows)
    total = Tally()
    half_made = path.with_name(path.name + ".part")
    try:
        with half_made.open("wb") as file, closing(_chunks(rows, seed, bounds)) as chunks:
            file.write((",".join(COLUMNS) + "\n").encode())
            for stop, chunk in zip(bounds[1:].tolist(), chunks, strict=True):
                file.writelines(chunk.pieces)
                total.add(chunk.tally)
                if on_progress:
                    on_progress(stop)
        half_made.replace(path)
    except OSError as error:
        raise disk_error(error, path) from error
    finally:
        # An error while removing the file must not hide the original one.
        with suppress(OSError):
            half_made.unlink(missing_ok=True)
    return _expected_counts(rows, seed, total)


def _check(rows: int, seed: int) -> None:
    if not MIN_ROWS <= rows <= MAX_ROWS:
        raise PlatformError(
            f"A sample cannot have {rows:,} rows",
            where="the number of rows of the sample",
            remedy=f"ask for {MIN_ROWS:,} to {MAX_ROWS:,} rows",
        )
    if not 0 <= seed < 2**63:
        raise PlatformError(
            f"A sample cannot be made from the seed {seed}",
            where="the seed of the sample",
            remedy="choose a whole number from 0 to 2**63 - 1",
        )


def _chunks(rows: int, seed: int, bounds: Ints) -> Generator[Chunk, None, None]:
    """Make chunks in advance, at most one more than there are workers, and yield them in order."""
    world, plan = make_world(rows, seed), make_plan(bounds, seed)
    workers = min(_MAX_WORKERS, os.cpu_count() or 1)
    waiting: deque[Future[Chunk]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for number, (start, stop) in enumerate(zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)):
                waiting.append(pool.submit(make_chunk, world, plan, number, start, stop))
                if len(waiting) > workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _expected_counts(rows: int, seed: int, total: Tally) -> ExpectedCounts:
    by_day = {
        day: ExpectedDay(
            sales=int(total.sales[place]),
            duplicates=int(total.duplicates[place]),
            amount_paid_usd=Decimal(int(total.amount_paid_usd[place])).scaleb(-2),
            sales_without_usd=int(total.without_usd[place]),
        )
        for place, day in enumerate(days())
    }
    return ExpectedCounts(
        rows=rows,
        seed=seed,
        sales=sum(day.sales for day in by_day.values()),
        duplicates=sum(day.duplicates for day in by_day.values()),
        rejected={reason: total.rejected[reason] for reason in RejectionReason},
        days=by_day,
        dirt={kind.name: total.dirt[kind.name] for kind in DIRT},
    )
