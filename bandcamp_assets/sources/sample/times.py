"""The times of the sample's sales: 24 UTC days, their weights, and the distribution within a day.

Every row has its own interval of time. So rows are in order, and chunks do not depend on each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

from bandcamp_assets.contract.codes import FIRST_DAY
from bandcamp_assets.sources.sample.arrays import Floats, Ints

DAYS = 24
TICKS = 100_000
"""Ticks in a second: `_id` has 5 decimals."""

SECONDS_A_DAY = 86_400
_START_SECOND = 22 * 3600 + 3.5175
_WEEK = (95, 96, 98, 101, 112, 100, 98)  # Monday to Sunday
_HOURS = (46, 42, 38, 34, 30, 27, 28, 32, 36, 39, 41, 43, 46, 49, 53, 56, 58, 60, 61, 61, 59, 57, 55, 50)
_FRIDAY = date(2020, 10, 2)
_SALES_BY_DAY = {FIRST_DAY: 4_100, date(2020, 10, 1): 42_945, _FRIDAY: 107_493}
_SALES_IN_SEPTEMBER = 849_552


def days() -> list[date]:
    """The sample's UTC days."""
    return [FIRST_DAY + timedelta(days=n) for n in range(DAYS)]


def bandcamp_friday() -> int:
    """The index of 2020-10-02, a Bandcamp Friday: artists got the whole price on that day."""
    return days().index(_FRIDAY)


@dataclass(frozen=True)
class Clock:
    """Computes the time of each row.

    Attributes:
        bounds: The first row of each day, and the number of rows; shape (days + 1).
    """

    bounds: Ints

    def day_of(self, rows: Ints) -> Ints:
        """The index of each row's day."""
        found: Ints = np.searchsorted(self.bounds, rows, side="right") - 1
        return found

    def ticks(self, start: int, stop: int, jitter: Floats) -> Ints:
        """Times of the rows from `start` to `stop` in ticks since 1970, in strictly rising order.

        The first row of the sample is at its very beginning, the last one a tick before its end.

        Args:
            start: First row.
            stop: The row after the last one.
            jitter: The position of each row within its interval, in [0, 1); shape (stop - start).
        """
        edges = self._edges(np.arange(start, stop + 1))
        ticks: Ints = edges[:-1] + (jitter * (edges[1:] - edges[:-1])).astype(np.int64)
        if start == 0:
            ticks[0] = edges[0]
        if stop == self.bounds[-1]:
            ticks[-1] = edges[-1] - 1
        return ticks

    def _edges(self, rows: Ints) -> Ints:
        """The beginning of each row's interval, in ticks since 1970."""
        day = self.day_of(rows)
        size = np.append(np.diff(self.bounds), 1)
        share = (rows - self.bounds[day]) / size[day]
        ends = np.concatenate([[0.0], np.cumsum(_HOURS) / sum(_HOURS)])
        hours = np.arange(25) * 3600.0
        begun = np.interp(_START_SECOND, hours, ends)
        share = np.where(day == 0, begun + (1 - begun) * share, share)
        in_day = np.rint(np.interp(share, ends, hours) * TICKS).astype(np.int64)
        edges: Ints = _midnight_ticks() + day * SECONDS_A_DAY * TICKS + in_day
        return edges


def make_clock(rows: int) -> Clock:
    """Distribute `rows` over the days as in the archive, at least one to each day."""
    weights = np.array([_weight(day) for day in days()], np.int64)
    ends = np.cumsum(weights) * rows // weights.sum()
    bounds = np.concatenate([[0], ends]).astype(np.int64)
    return Clock(bounds)


def _weight(day: date) -> int:
    if day in _SALES_BY_DAY:
        return _SALES_BY_DAY[day]
    ordinary = [other for other in days() if other not in _SALES_BY_DAY]
    total = sum(_WEEK[other.weekday()] for other in ordinary)
    return (_SALES_IN_SEPTEMBER - _SALES_BY_DAY[FIRST_DAY]) * _WEEK[day.weekday()] // total


def _midnight_ticks() -> int:
    midnight = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, tzinfo=UTC)
    return int(midnight.timestamp()) * TICKS
