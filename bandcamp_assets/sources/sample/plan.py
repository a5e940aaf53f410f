"""Chooses the rows in which faults, dirt and duplicates are planted, spread evenly over the whole file.

`dirt` and `chunks` make the planted rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bandcamp_assets.sources.sample.arrays import Ints
from bandcamp_assets.sources.sample.dirt import DIRT, FAULTS

REJECTED_SHARE = 0.002
DIRT_SHARE = 0.001
REPEATED_AT_ONCE_SHARE = 0.0013
REPEATED_LATER_SHARE = 0.0013
REPEATED_TWICE_SHARE = 0.0002
"""Shares of all rows. A sale that is repeated twice makes two more rows."""

REPEAT_AT_ONCE = len(FAULTS) + len(DIRT)
REPEAT_LATER = REPEAT_AT_ONCE + 1
REPEAT_TWICE = REPEAT_AT_ONCE + 2
"""Kinds are numbered: faults, then dirt, then these."""


@dataclass(frozen=True)
class Plan:
    """The planted rows, in rising order and never adjacent, and the number of the kind of each."""

    rows: Ints
    kinds: Ints

    def between(self, start: int, stop: int) -> list[tuple[int, int]]:
        """The planted rows from `start` up to `stop`, with their kinds."""
        first, last = np.searchsorted(self.rows, (start, stop))
        return list(zip(self.rows[first:last].tolist(), self.kinds[first:last].tolist(), strict=True))


def make_plan(bounds: Ints, seed: int) -> Plan:
    """Spread the kinds over the rows.

    Args:
        bounds: The first row of each chunk, and the number of rows.
        seed: Seed of the sample.
    """
    rows = int(bounds[-1])
    kinds = _interleave(_counts(rows))
    edges = np.arange(kinds.size + 1) * rows // kinds.size
    room = edges[1:] - edges[:-1] - 5
    jitter = np.random.Generator(np.random.PCG64([seed, 1])).random(kinds.size)
    planted = edges[:-1] + 2 + (jitter * room).astype(np.int64)
    # Two rows at either end of a chunk stay clean, because a copy repeats an earlier row and may take two rows.
    chunk = np.searchsorted(bounds, planted, side="right") - 1
    return Plan(np.clip(planted, bounds[chunk] + 1, bounds[chunk + 1] - 3), kinds)


def _counts(rows: int) -> Ints:
    """How often each kind is planted, at least once."""
    shares = [REJECTED_SHARE / len(FAULTS)] * len(FAULTS) + [DIRT_SHARE / len(DIRT)] * len(DIRT)
    shares += [REPEATED_AT_ONCE_SHARE, REPEATED_LATER_SHARE, REPEATED_TWICE_SHARE]
    counts: Ints = np.maximum(1, np.rint(np.array(shares) * rows)).astype(np.int64)
    return counts


def _interleave(counts: Ints) -> Ints:
    """Order the kinds so that each is spread evenly."""
    kinds = np.repeat(np.arange(counts.size), counts)
    place = np.arange(kinds.size) - (np.cumsum(counts) - counts)[kinds]
    # The offset avoids that kinds with the same count always follow each other in the same order.
    offset = (np.arange(counts.size) * 0.618_034 + 0.21) % 1
    order = np.argsort((place + offset[kinds]) / counts[kinds], kind="stable")
    spread: Ints = kinds[order]
    return spread
