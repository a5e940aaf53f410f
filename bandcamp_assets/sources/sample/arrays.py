"""Types of the sample's arrays, and sequences that cover 0 to 1 evenly."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
SmallInts = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_STEPS = (2654435769, 2246822519, 3266489917, 668265263, 374761393, 1640531527, 3144134277, 2891336453)
_MODULUS = 2**32


def even_sequence(count: int, stream: int, seed: int) -> Floats:
    """Numbers that cover [0, 1) evenly over any range, so that a few heavy items do not distort a share.

    Args:
        count: How many.
        stream: The number of the sequence. Different ones (0 to 7) are sufficiently independent.
        seed: Where the sequence begins.
    """
    start = (seed * 40503 + stream * 1013904223) % _MODULUS
    steps = (np.arange(count, dtype=np.uint64) * np.uint64(_STEPS[stream]) + np.uint64(start)) % np.uint64(
        _MODULUS
    )
    numbers: Floats = steps.astype(np.float64) / _MODULUS
    return numbers


def pick(table: tuple[int, ...], numbers: Floats) -> Ints:
    """Choose entries of a small table with equal probability, by random numbers in [0, 1)."""
    entries: Ints = np.array(table, np.int64)[(numbers * len(table)).astype(np.int64)]
    return entries
