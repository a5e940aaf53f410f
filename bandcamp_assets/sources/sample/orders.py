"""Makes the clean sales of one chunk, before faults and dirt are planted.

Times, countries of buyers and optional fields are drawn here. `amounts` draws what is bought and paid, and `lines`
writes the lines.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from bandcamp_assets.sources.sample.amounts import draw_amounts
from bandcamp_assets.sources.sample.arrays import Floats, Ints
from bandcamp_assets.sources.sample.catalogue import Catalogue, make_catalogue
from bandcamp_assets.sources.sample.lines import LineMaker, Moments
from bandcamp_assets.sources.sample.market import countries, shares, usd_rates
from bandcamp_assets.sources.sample.times import DAYS, TICKS, Clock, bandcamp_friday, make_clock

_SAME_MOMENT = 1e-5
_NOISY_TIMES = 0.1
_SHOWN_OVERPAYMENT = 0.4
_SHOWN_ALBUM_SLUG = 0.0074


@dataclass(frozen=True)
class World:
    """What all chunks of one sample share. It is not changed.

    Attributes:
        seed: Seed of the sample.
        clock: The time of each row.
        catalogue: The releases for sale.
        rates: US dollars for one unit; see `market.usd_rates`.
        country_ends: Upper ends of the countries' shares in sales.
        lines: Makes the lines.
    """

    seed: int
    clock: Clock
    catalogue: Catalogue
    rates: Ints
    country_ends: Floats
    lines: LineMaker


@dataclass(frozen=True)
class Orders:
    """Clean sales of one chunk. All have the shape (rows).

    Attributes:
        lines: One CSV line each, with its row number and a line feed.
        day: Index of each row's day.
        amount_paid_usd: US cents.
    """

    lines: pl.Series
    day: Ints
    amount_paid_usd: Ints


def make_world(rows: int, seed: int) -> World:
    """Prepare a sample of `rows` records."""
    catalogue, buyers = make_catalogue(rows, seed), countries()
    ends = shares([country.weight for country in buyers])
    return World(seed, make_clock(rows), catalogue, usd_rates(DAYS), ends, LineMaker(catalogue, buyers, seed))


def make_orders(world: World, start: int, stop: int, random: np.random.Generator) -> Orders:
    """Make the rows from `start` up to `stop`, in order of time."""
    row = np.arange(start, stop)
    ticks = world.clock.ticks(start, stop, random.random(row.size))
    day = world.clock.day_of(row)
    amounts = draw_amounts(world.catalogue, world.rates, day, bandcamp_friday(), random)
    source = _sources_of_time(day, world.catalogue.kind[amounts.release], random)
    seconds = ticks[source] / TICKS
    # In some rows `utc_date` differs from the rounded time of `_id` in the last bit of the float.
    noisy = (random.random(row.size) < _NOISY_TIMES)[source]
    moments = Moments(
        row=row,
        id_time=seconds,
        utc_date=np.where(noisy, np.nextafter(seconds, 0), seconds),
        country=np.searchsorted(world.country_ends, random.random(row.size), side="right"),
        shows_overpayment=random.random(row.size) < _SHOWN_OVERPAYMENT,
        shows_album_slug=random.random(row.size) < _SHOWN_ALBUM_SLUG,
    )
    return Orders(world.lines.make(amounts, moments), day, amounts.amount_paid_usd)


def _sources_of_time(day: Ints, kind: Ints, random: np.random.Generator) -> Ints:
    """The row from which each row takes its time: itself, or very rarely the row before it.

    Only sales of different kinds share a time. Their URLs differ, and so do their `_id`s.
    """
    source = np.arange(day.size)
    shared = random.random(day.size) < _SAME_MOMENT
    shared[1:] &= (day[1:] == day[:-1]) & (kind[1:] != kind[:-1])
    shared[0] = False
    together = np.flatnonzero(shared)
    source[together] = source[together - 1]
    return source
