"""What a trial is: one fault or one hostile input, made from a seed, and what must be true afterwards.

A trial raises `AssertionError` when something is lost, doubled, half-made, or told without a clear error. Which
trials there are stands beside what they attack; how many run, and the table of them, is the runner's concern.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Outcome:
    """How one trial ended well.

    Attributes:
        ended: In a few words, the same for all trials that end alike; the table counts by it.
        rows: Raw rows that were accounted for, each as a sale, a duplicate or a rejected row.
        kills: How often a process was killed on the way.
    """

    ended: str
    rows: int = 0
    kills: int = 0


@dataclass(frozen=True)
class Scenario:
    """A kind of fault or hostile input.

    Attributes:
        part: What it attacks, such as `landing`, `staged_sales`, `warehouse`, `settings`.
        fault: What is done to it, as a line of the table.
        attempt: Does it once, with choices from the random source, in an empty folder of its own.
    """

    part: str
    fault: str
    attempt: Callable[[random.Random, Path], Outcome]
