"""Times of rows, and positions of planted rows, up to the largest sample. No file is written."""

from __future__ import annotations

import numpy as np
import pytest

from bandcamp_assets.sources.sample.chunks import CHUNK_ROWS, chunk_bounds
from bandcamp_assets.sources.sample.plan import make_plan
from bandcamp_assets.sources.sample.times import TICKS, make_clock
from bandcamp_assets.sources.sample_size import MAX_ROWS, MIN_ROWS

SIZES = (MIN_ROWS, 80_001, MAX_ROWS)


@pytest.mark.parametrize("rows", SIZES)
def test_times_rise_within_and_between_chunks(rows: int) -> None:
    clock, bounds = make_clock(rows), chunk_bounds(rows)
    latest = 0
    # Rows are closest together in the last chunks of the busiest day.
    for start, stop in list(zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True))[-5:]:
        ticks = clock.ticks(start, stop, np.random.default_rng(start).random(stop - start))

        assert ticks[0] > latest
        assert np.all(np.diff(ticks) > 0)
        latest = ticks[-1]
    assert latest == 1_601_683_200 * TICKS - 1


@pytest.mark.parametrize("rows", SIZES)
def test_the_first_sale_is_the_archives(rows: int) -> None:
    ticks = make_clock(rows).ticks(0, min(rows, CHUNK_ROWS), np.full(min(rows, CHUNK_ROWS), 0.5))

    assert ticks[0] == 159_968_880_351_750


@pytest.mark.parametrize("rows", SIZES)
def test_planted_rows_are_never_adjacent_or_at_the_ends_of_a_chunk(rows: int) -> None:
    bounds = chunk_bounds(rows)
    planted = make_plan(bounds, 3).rows
    chunk = np.searchsorted(bounds, planted, side="right") - 1

    assert np.diff(planted).min() >= 3
    assert np.all(planted > bounds[chunk])
    assert np.all(planted + 1 < bounds[chunk + 1])
