"""Runs trials until the time is over, and prints the table of them.

python -m bandcamp_assets_tests.soak [--minutes 30] [--seed N] [--only TEXT] [--jobs 2]
"""

from __future__ import annotations

import argparse
import json
import random
import shlex
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from bandcamp_assets_tests.soak.kinds import Kind, all_kinds
from bandcamp_assets_tests.soak.table import Line, markdown, page
from bandcamp_assets_tests.soak.workers import Result, Worker


class Soak:
    """Which trial comes next, and what became of those that were."""

    def __init__(self, kinds: Sequence[Kind], only: str, seed: int, case: int | None) -> None:
        self.kinds = kinds
        self.lines = [Line(kind.part, kind.fault) for kind in kinds]
        self._seed, self._case = seed, case
        self._left = {
            place for place, kind in enumerate(kinds) if any(text in kind.name for text in only.split("|"))
        }
        self._numbers: dict[int, Iterator[int]] = {}
        self._begun = [0.0] * len(kinds)

    def next(self) -> tuple[int, int] | None:
        """The kind that had the least of the time that it is due, and the number of its next case."""
        while self._left:
            place = min(self._left, key=lambda one: (self._spent(one), one))
            if place not in self._numbers:
                single = iter([self._case]) if self._case is not None else None
                self._numbers[place] = single or self.kinds[place].numbers(self._seed)
            number = next(self._numbers[place], None)
            if number is not None:
                # Until it is known what it takes, so that several jobs do not all take the same kind.
                self._begun[place] += 1.0
                return place, number
            self._left.remove(place)
        return None

    @property
    def next_is_left(self) -> bool:
        """Whether there may be another trial."""
        return bool(self._left)

    def _spent(self, place: int) -> float:
        return (self.lines[place].seconds + self._begun[place]) / self.kinds[place].share

    def record(self, place: int, number: int, result: Result) -> None:
        """Count a result, and print it."""
        line, kind = self.lines[place], self.kinds[place]
        self._begun[place] -= 1.0
        line.seconds += result.seconds
        line.lost += result.lost
        line.doubled += result.doubled
        line.rows += result.rows
        line.kills += result.kills
        shown = f"{kind.name} [{number}]"
        if not result.failure:
            line.ended[result.ended] += 1
            print(f"{result.seconds:6.1f} s  {shown}: {result.ended}", flush=True)
            return
        line.failed += 1
        again = f"python -m bandcamp_assets_tests.soak --only {shlex.quote(kind.name)} --case {number}"
        print(f"FAILED  {shown}\n{result.failure}\n  kept:  {result.kept}\n  again: {again}", flush=True)


def run(soak: Soak, minutes: float, jobs: int) -> None:
    """Attempt trials until the time is over or none is left; those begun are ended."""
    end = time.monotonic() + minutes * 60
    workers = [Worker() for _ in range(jobs)]
    try:
        while True:
            for worker in workers:
                if worker.is_idle and time.monotonic() < end:
                    following = soak.next()
                    if following:
                        worker.give(*following)
                if worker.is_idle:
                    continue
                place, number = worker.kind, worker.number
                result = worker.result()
                if result:
                    soak.record(place, number, result)
            if all(worker.is_idle for worker in workers) and (time.monotonic() >= end or not soak.next_is_left):
                return
    finally:
        for worker in workers:
            worker.close()


def main() -> int:
    """Run the command; 1 if any trial failed."""
    parser = argparse.ArgumentParser(prog="python -m bandcamp_assets_tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, help="default: another one each time")
    parser.add_argument(
        "--only", default="", help="kinds whose `part: fault` contains this text, or one of several with | between"
    )
    parser.add_argument("--case", type=int, help="only the case of this number, or the trial of this seed")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--json", type=Path, help="also write the counts there")
    parser.add_argument("--markdown", type=Path, help="also write a page with the table there")
    asked = parser.parse_args()
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(1_000_000)
    # A background job of a shell ignores the one, and the other would print no table.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    print(f"seed {seed}", flush=True)
    soak = Soak(all_kinds(), asked.only, seed, asked.case)
    try:
        run(soak, asked.minutes, asked.jobs)
    except KeyboardInterrupt:
        print("Stopped.", flush=True)
    text = markdown(soak.lines)
    print(f"\n{text}")
    if asked.markdown:
        asked.markdown.write_text(page(soak.lines, minutes=asked.minutes, seed=seed, only=asked.only))
    if asked.json:
        asked.json.write_text(json.dumps([vars(line) for line in soak.lines if line.tried], indent=1))
    return int(any(line.failed for line in soak.lines))


if __name__ == "__main__":
    sys.exit(main())
