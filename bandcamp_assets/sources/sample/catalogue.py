"""The sample's releases in numbers: artists, releases, prices, and how often each release sells.

Most sales go to few artists: the weights are a modified power law, fitted to the archive's published
concentration. Memory is bounded because the catalogue stops growing at `MAX_ARTISTS`, which 1,000,000 rows reach.
`labels` makes names and titles, and `amounts` draws single sales.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bandcamp_assets.sources.sample import words
from bandcamp_assets.sources.sample.arrays import Bools, Floats, Ints, even_sequence, pick
from bandcamp_assets.sources.sample.labels import MAX_RELEASES_IN_BUNDLE, MERCH, TRACK
from bandcamp_assets.sources.sample.market import CURRENCIES, shares

_KIND_SHARES = (0.6454, 0.302, 0.041, 0.0116)
"""Shares of sales by kind (album, track, merch, bundle). Albums sell in digital or physical form."""

MAX_ARTISTS = 250_000
_ARTISTS_PER_ROW = 0.25
_BEND = 5e-4
"""Limits the share of the very first artists, so that samples of all sizes have the same concentration."""

_EXPONENT = 1.06
_RELEASES_EXPONENT = 0.6
_RELEASES_FACTOR = 1.35
_RANK_EXPONENT = 0.65

_WEIGHT_UNIT = 2**40
_TRACKS_ON_ALBUM = 0.6

_KNOWN = 0.04
_WITH_THINGS = (0.80, 0.42)
"""Share of albums that also have a physical form: of the best known artists, and of all others."""

_ALBUM_PRICES = (0, 0, 0, 0, 200, 300, 400, 400, 500, 500, 500, 600, 700, 700, 700, 800, 800, 899, 999, 1000)
_TRACK_PRICES = (0, 100, 100, 100, 100, 100, 100, 100, 100, 125, 129, 150, 199)
_MERCH_PRICES = (800, 1000, 1500, 2000, 2000, 2200, 2500, 2500, 3000, 4000)
_BUNDLE_PRICES = (500, 958, 1440, 1800, 2250, 2765, 3450, 4200)
_LEVELS = (55, 70, 80, 85, 100, 100, 100, 110, 125, 150)
"""Price levels of artists, in hundredths."""


@dataclass(frozen=True)
class Catalogue:
    """The releases. All arrays except `artist_currency` have the shape (releases).

    Attributes:
        cumulative: Running sum of the releases' weights, as whole numbers.
        artist: Index of each release's artist.
        kind: Album, track, merch or bundle.
        currency: Index of the seller's currency in `CURRENCIES`.
        digital_price: Digital price in hundredths of the seller's unit; 0 for "name your price".
        physical_price: Price of the physical form.
        has_physical: Whether an album also has a physical form.
        format: Index of its physical format in `words.FORMATS`.
        in_bundle: Number of releases in a bundle.
        album: Index of the release whose title is that of a track's album; the number of releases if none.
        artist_currency: Index of each artist's currency; shape (artists).
    """

    cumulative: Ints
    artist: Ints
    kind: Ints
    currency: Ints
    digital_price: Ints
    physical_price: Ints
    has_physical: Bools
    format: Ints
    in_bundle: Ints
    album: Ints
    artist_currency: Ints

    def choose(self, numbers: Floats) -> Ints:
        """Choose releases by their weights, by random numbers in [0, 1)."""
        wanted = (numbers * self.cumulative[-1]).astype(np.int64)
        found: Ints = np.searchsorted(self.cumulative, wanted, side="right")
        return found


def make_catalogue(rows: int, seed: int) -> Catalogue:
    """Make the catalogue of a sample of `rows` records."""
    artists = max(60, min(MAX_ARTISTS, int(rows * _ARTISTS_PER_ROW)))
    artist_weight, releases = _artists(artists)
    artist = np.repeat(np.arange(artists), releases)
    rank = np.arange(artist.size) - (np.cumsum(releases) - releases)[artist]
    count = artist.size
    kind = _kinds(count, seed)
    weight = _balance(_release_weights(artist_weight, releases, artist, rank), kind)
    currency = _currencies(artists, seed)
    level = pick(_LEVELS, even_sequence(artists, 1, seed))[artist]
    scale = np.array([one.price_scale for one in CURRENCIES], np.int64)[currency[artist]]
    chosen_format = (even_sequence(count, 2, seed) * len(words.FORMATS)).astype(np.int64)
    list_price = even_sequence(count, 3, seed)
    digital = np.choose(kind, [pick(table, list_price) for table in _digital_tables()])
    merch = pick(_MERCH_PRICES, list_price)
    physical = np.where(kind == MERCH, merch, np.array(words.FORMAT_PRICES)[chosen_format])
    in_bundle = 3 + (even_sequence(count, 3, seed) ** 3 * (MAX_RELEASES_IN_BUNDLE - 3)).astype(np.int64)
    on_album = (kind == TRACK) & (even_sequence(count, 2, seed) < _TRACKS_ON_ALBUM)
    return Catalogue(
        cumulative=np.cumsum(weight),
        artist=artist,
        kind=kind,
        currency=currency[artist],
        digital_price=_asked(digital, level, scale),
        physical_price=_asked(physical, level, scale),
        has_physical=even_sequence(count, 4, seed) < np.where(artist < artists * _KNOWN, *_WITH_THINGS),
        format=chosen_format,
        in_bundle=in_bundle,
        album=np.where(on_album, np.arange(count) - rank % 6, count),
        artist_currency=currency,
    )


def _digital_tables() -> tuple[tuple[int, ...], ...]:
    """Digital prices by kind, in order; merch has none."""
    return (_ALBUM_PRICES, _TRACK_PRICES, _MERCH_PRICES, _BUNDLE_PRICES)


def _artists(count: int) -> tuple[Floats, Ints]:
    """The weights of the artists, in falling order, and the number of releases of each."""
    place = (np.arange(count) + 0.5) / count
    weight = (place + _BEND) ** -_EXPONENT
    weight /= weight.sum()
    expected_sales = weight * count / _ARTISTS_PER_ROW
    wanted = _RELEASES_FACTOR * expected_sales**_RELEASES_EXPONENT
    spread = np.array((0.2, 0.6, 1.0, 1.4, 1.8))[np.arange(count) % 5]
    return weight, 1 + np.rint(wanted * spread).astype(np.int64)


def _release_weights(artist_weight: Floats, releases: Ints, artist: Ints, rank: Ints) -> Floats:
    share = (rank + 1.0) ** -_RANK_EXPONENT
    total = np.add.reduceat(share, np.cumsum(releases) - releases)
    weight: Floats = artist_weight[artist] * share / total[artist]
    return weight


def _kinds(count: int, seed: int) -> Ints:
    number = even_sequence(count, 5, seed)
    kinds: Ints = np.searchsorted(np.array([0.58, 0.92, 0.98]), number, side="right").astype(np.int64)
    return kinds


def _balance(weight: Floats, kind: Ints) -> Ints:
    """Scale the kinds to their shares. The results are whole numbers, because powers differ between machines."""
    totals = np.bincount(kind, weight, minlength=len(_KIND_SHARES))
    factor = np.divide(_KIND_SHARES, totals, out=np.zeros(len(_KIND_SHARES)), where=totals > 0)
    whole: Ints = np.rint(weight * factor[kind] * _WEIGHT_UNIT).astype(np.int64)
    return whole


def _currencies(artists: int, seed: int) -> Ints:
    ends = shares([currency.weight for currency in CURRENCIES])
    places: Ints = np.searchsorted(ends, even_sequence(artists, 0, seed), side="right").astype(np.int64)
    return places


def _asked(price: Ints, level: Ints, scale: Ints) -> Ints:
    """A list price at the artist's level: whole units, or the list price itself at the usual level."""
    whole_units = np.maximum((price * level + 5_000) // 10_000, price > 0) * 100
    asked: Ints = np.where((level == 100) & (scale == 1), price, whole_units) * scale
    return np.where((price == 100) & (scale == 1), price, asked)
