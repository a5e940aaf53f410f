"""Draws what the sample's buyers pay: quantities, prices, and amounts above the price.

All amounts are whole hundredths of the seller's unit, so that sums are exact. `lines` writes them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bandcamp_assets.sources.sample.arrays import Bools, Ints, pick
from bandcamp_assets.sources.sample.catalogue import Catalogue
from bandcamp_assets.sources.sample.labels import ALBUM, MERCH, TRACK
from bandcamp_assets.sources.sample.market import CURRENCIES

_PHYSICAL_SHARE = 0.405
_PHYSICAL_SHARE_ON_FRIDAY = 0.52
"""Share of sales of the physical form, for albums that have one."""

_DEARER_ON_FRIDAY = 0.78
"""Share of buyers who take the more expensive of two releases on a Bandcamp Friday."""

_OVERPAID_DIGITAL, _OVERPAID_PHYSICAL = 0.335, 0.16
_OVERPAID_MORE_ON_FRIDAY = 1.3
_GENEROUS, _GENEROUS_FOR_TRACKS = 0.225, 0.03
_SEVERAL_TRACKS = 0.070
_GIVEN_ON_TOP = (30, 50, 69, 75, 100, 100, 100, 100, 100, 100, 150, 200, 200, 200, 200, 200, 200, 250, 300, 300)
_GIVEN_GENEROUSLY = (300, 300, 400, 500, 500, 500, 500, 600, 700, 800, 1000, 1000, 1000, 1500, 2000, 9700)
_PAID_FOR_FREE = (0, 50, 75, 100, 100, 100, 100, 150, 200, 200, 200, 300, 300, 500, 500, 500, 500, 700, 1000, 1000)
_ITEMS = (1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 4, 5, 8, 22)


@dataclass(frozen=True)
class Amounts:
    """What was sold and paid in each row of a chunk. All arrays have the shape (rows).

    Attributes:
        release: Index of the release in the catalogue.
        physical: Whether a physical item was sold.
        further_items: Items beyond the first in the same payment.
        item_price: Price of all items, in hundredths of the seller's unit.
        amount_paid: Paid for all items, likewise.
        amount_paid_usd: Paid in US cents.
    """

    release: Ints
    physical: Bools
    further_items: Ints
    item_price: Ints
    amount_paid: Ints
    amount_paid_usd: Ints


def draw_amounts(
    catalogue: Catalogue, rates: Ints, day: Ints, friday: int, random: np.random.Generator
) -> Amounts:
    """Draw the sales of one chunk.

    Args:
        catalogue: The releases for sale.
        rates: US dollars for one unit, in millionths, by day and currency; see `market.usd_rates`.
        day: Index of each row's day; shape (rows).
        friday: Index of the day that is a Bandcamp Friday.
        random: Source of random numbers.
    """
    on_friday = day == friday
    release = _choose_releases(catalogue, on_friday, random)
    kind, currency = catalogue.kind[release], catalogue.currency[release]
    share = np.where(on_friday, _PHYSICAL_SHARE_ON_FRIDAY, _PHYSICAL_SHARE)
    as_thing = catalogue.has_physical[release] & (random.random(day.size) < share)
    physical = (kind == MERCH) | ((kind == ALBUM) & as_thing)
    price = np.where(physical, catalogue.physical_price[release], catalogue.digital_price[release])
    scale = np.array([one.price_scale for one in CURRENCIES], np.int64)[currency]
    paid = price + _on_top(price, physical, kind == TRACK, on_friday, random) * scale
    paid = np.where(scale == 1, paid, (paid + 99) // 100 * 100)
    several = (kind == TRACK) & (price > 0) & (random.random(day.size) < _SEVERAL_TRACKS)
    further = np.where(several, pick(_ITEMS, random.random(day.size)), 0)
    amount_paid = paid * (1 + further)
    # Half a cent is rounded up; amount (1/100) x rate (1/1,000,000) leaves millionths of a cent.
    usd = (amount_paid * rates[day, currency] + 500_000) // 1_000_000
    return Amounts(release, physical, further, price * (1 + further), amount_paid, usd)


def _choose_releases(catalogue: Catalogue, on_friday: Bools, random: np.random.Generator) -> Ints:
    release = catalogue.choose(random.random(on_friday.size))
    again = np.flatnonzero(on_friday & (random.random(on_friday.size) < _DEARER_ON_FRIDAY))
    first, other = release[again], catalogue.choose(random.random(again.size))
    release[again] = np.where(_worth(catalogue, other) > _worth(catalogue, first), other, first)
    return release


def _worth(catalogue: Catalogue, release: Ints) -> Ints:
    """The highest price of a release, approximately in US cents."""
    sold_as_thing = catalogue.has_physical[release] & (catalogue.kind[release] == ALBUM)
    sold_as_thing |= catalogue.kind[release] == MERCH
    price = np.where(sold_as_thing, catalogue.physical_price[release], catalogue.digital_price[release])
    rate = np.array([one.usd_per_unit for one in CURRENCIES], np.int64)[catalogue.currency[release]]
    worth: Ints = price * rate // 1_000_000
    return worth


def _on_top(price: Ints, physical: Bools, track: Bools, on_friday: Bools, random: np.random.Generator) -> Ints:
    """The amount paid above the price of one item, in hundredths of a unit before `price_scale`."""
    size = price.size
    chance = np.where(physical, _OVERPAID_PHYSICAL, _OVERPAID_DIGITAL)
    chance = np.where(on_friday, chance * _OVERPAID_MORE_ON_FRIDAY, chance)
    little, much = pick(_GIVEN_ON_TOP, random.random(size)), pick(_GIVEN_GENEROUSLY, random.random(size))
    generous = random.random(size) < np.where(track, _GENEROUS_FOR_TRACKS, _GENEROUS)
    given = np.where(generous, much, np.where(track, little // 2, little))
    # Half of the prices like 9.99 are rounded up.
    given = np.where((price % 100 > 90) & (random.random(size) < 0.5), 100 - price % 100, given)
    given = np.where(random.random(size) < chance, given, 0)
    on_top: Ints = np.where(price == 0, pick(_PAID_FOR_FREE, random.random(size)), given)
    return on_top
