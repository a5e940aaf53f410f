"""Makes one chunk of the sample: clean lines with faults and dirt planted in them, and the expected counts.

A chunk depends only on the sample's rows, its seed and the number of the chunk. So chunks can be made in any
order, on any number of threads.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import polars as pl
import pyarrow as pa

from bandcamp_assets.contract.rejection import RejectionReason
from bandcamp_assets.sources.sample.arrays import Bools, Ints
from bandcamp_assets.sources.sample.dirt import DIRT, FAULTS
from bandcamp_assets.sources.sample.orders import Orders, World, make_orders
from bandcamp_assets.sources.sample.plan import REPEAT_LATER, REPEAT_TWICE, Plan
from bandcamp_assets.sources.sample.times import DAYS

CHUNK_ROWS = 40_000
"""Rows of a chunk. The last one also takes the remaining rows, so it may have up to twice as many."""

_PLANTED = (*FAULTS, *DIRT)


@dataclass
class Tally:
    """The counts of a chunk. The arrays have the shape (days); money is in whole US cents."""

    sales: Ints = field(default_factory=lambda: np.zeros(DAYS, np.int64))
    duplicates: Ints = field(default_factory=lambda: np.zeros(DAYS, np.int64))
    amount_paid_usd: Ints = field(default_factory=lambda: np.zeros(DAYS, np.int64))
    without_usd: Ints = field(default_factory=lambda: np.zeros(DAYS, np.int64))
    rejected: Counter[RejectionReason] = field(default_factory=Counter)
    dirt: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        """Add another chunk's counts to these."""
        self.sales += other.sales
        self.duplicates += other.duplicates
        self.amount_paid_usd += other.amount_paid_usd
        self.without_usd += other.without_usd
        self.rejected.update(other.rejected)
        self.dirt.update(other.dirt)


@dataclass(frozen=True)
class Chunk:
    """The bytes of a chunk, in pieces to be written in order, and their counts."""

    pieces: list[bytes | memoryview]
    tally: Tally


def chunk_bounds(rows: int) -> Ints:
    """The first row of each chunk, and the number of rows."""
    count = max(1, rows // CHUNK_ROWS)
    return np.append(np.arange(count) * CHUNK_ROWS, rows)


def make_chunk(world: World, plan: Plan, number: int, start: int, stop: int) -> Chunk:
    """Make the rows from `start` up to `stop` as the chunk with this number."""
    random = np.random.Generator(np.random.PCG64([world.seed, 2, number]))
    orders = make_orders(world, start, stop, random)
    planted = plan.between(start, stop)
    sources = _sources(planted, orders.day, start, random)
    replaced, tally = _plant(orders, planted, sources, start)
    return Chunk(_splice(orders.lines, replaced), tally)


def _sources(planted: list[tuple[int, int]], day: Ints, start: int, random: np.random.Generator) -> dict[int, int]:
    """The row of the chunk that each copy repeats: a clean sale above it, of the same day if there is one."""
    taken = {row - start for row, _ in planted}
    sources: dict[int, int] = {}
    for row, kind in planted:
        here = row - start
        if kind < len(_PLANTED):
            continue
        source = here - 1
        if kind == REPEAT_LATER:
            first = int(np.searchsorted(day, day[here]))
            source = first + int(random.random() * (here - first))
            while source in taken or source - 1 in taken:
                source -= 1
            source = source if source >= first else here - 1
        sources[here] = source
        if kind == REPEAT_TWICE:
            sources[here + 1] = source
    return sources


def _plant(
    orders: Orders, planted: list[tuple[int, int]], sources: dict[int, int], start: int
) -> tuple[dict[int, bytes], Tally]:
    """Make the lines that replace clean ones, and count the result."""
    replaced: dict[int, bytes] = {}
    tally = Tally()
    is_sale = np.ones(orders.day.size, np.bool_)
    has_usd = np.ones(orders.day.size, np.bool_)
    for here, source in sources.items():
        replaced[here] = _copy(orders.lines[source], start + here)
        is_sale[here] = False
        tally.duplicates[orders.day[source]] += 1
    for row, kind in planted:
        if kind >= len(_PLANTED):
            continue
        here, what = row - start, _PLANTED[kind]
        replaced[here] = what.apply(orders.lines[here])
        if what.reason is None:
            tally.dirt[what.name] += 1
            has_usd[here] = not what.removes_usd
        else:
            tally.rejected[what.reason] += 1
            is_sale[here] = False
    tally.sales += _by_day(orders.day, is_sale)
    tally.without_usd += _by_day(orders.day, is_sale & ~has_usd)
    tally.amount_paid_usd += _by_day(orders.day, orders.amount_paid_usd * (is_sale & has_usd))
    return replaced, tally


def _by_day(day: Ints, values: Ints | Bools) -> Ints:
    """Sum by day. The sums are computed as floats, which hold a chunk's cents exactly."""
    sums: Ints = np.bincount(day, values, minlength=DAYS).astype(np.int64)
    return sums


def _copy(line: str, row: int) -> bytes:
    """A copy of a line, with another row number."""
    return f"{row},{line.partition(',')[2]}".encode()


def _splice(lines: pl.Series, replaced: dict[int, bytes]) -> list[bytes | memoryview]:
    """Insert the replaced lines, without copying the clean ones."""
    clean = lines.to_arrow(compat_level=pl.CompatLevel.oldest())
    offsets = np.frombuffer(clean.buffers()[1], np.int64)[clean.offset : clean.offset + len(clean) + 1]
    text = memoryview(pa.py_buffer(clean.buffers()[2]))
    pieces: list[bytes | memoryview] = []
    done = int(offsets[0])
    for here in sorted(replaced):
        pieces += [text[done : int(offsets[here])], replaced[here]]
        done = int(offsets[here + 1])
    return [*pieces, text[done : int(offsets[len(clean)])]]
