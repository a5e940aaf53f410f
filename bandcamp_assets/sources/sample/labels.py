"""Makes the texts of the sample's catalogue: names, addresses, titles and picture numbers, as CSV fields.

`catalogue` sets prices and how often a release sells.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from bandcamp_assets.sources.sample import words
from bandcamp_assets.sources.sample.arrays import Floats, Ints, even_sequence
from bandcamp_assets.sources.sample.market import CURRENCIES, shares

ALBUM, TRACK, MERCH, BUNDLE = range(4)
"""Kinds of releases."""

_PATHS = ("/album/", "/track/", "/merch/", "")
"""The part of the URL between the shop and the item, by kind."""

MAX_RELEASES_IN_BUNDLE = 63
_SLICE = 100_000
"""Releases whose texts are made at once. It limits the memory needed beside the texts themselves."""


def artist_texts(count: int, currency: Ints, seed: int) -> tuple[pl.Series, pl.Series]:
    """Name and currency of each artist as in the file (`,name,USD,`), and the address of the shop.

    Args:
        count: Number of artists.
        currency: Index of each artist's currency in `CURRENCIES`.
        seed: Seed of the sample.
    """
    first, last = words.artist_words()
    own = scattered(np.arange(count), seed)
    style = _styles(words.NAME_STYLES, even_sequence(count, 6, seed))
    # A quarter of the artists sell in a label's shop, together with others.
    on_label = np.arange(count) % 4 == 3
    shop = np.where(on_label, scattered(2**20 - 1 - np.arange(count) // 24, seed), own)
    own_domain = even_sequence(count, 7, seed) < 0.018
    made = pl.DataFrame(
        {
            "name": words.Composer(first, last, words.NAME_STYLES)(own, style),
            "currency": pl.Series([f",{one.code}," for one in CURRENCIES])[currency],
            "before": pl.Series(["//", "https://music."])[own_domain.astype(np.int64)],
            "first": first[shop >> 10],
            "last": last[shop & (words.WORDS - 1)],
            "label": pl.Series(["", "records"])[on_label.astype(np.int64)],
            "after": pl.Series([".bandcamp.com", ".com"])[own_domain.astype(np.int64)],
        }
    ).select(
        name=pl.concat_str(pl.lit(","), "name", "currency"),
        host=pl.concat_str("before", "first", "last", "label", "after"),
    )
    return made["name"], made["host"]


def release_texts(hosts: pl.Series, artist: Ints, kind: Ints, in_bundle: Ints, seed: int) -> pl.DataFrame:
    """Address and title of each release, as CSV fields.

    Args:
        hosts: Addresses of the artists' shops.
        artist: Index of each release's artist; shape (releases).
        kind: Album, track, merch or bundle; likewise.
        in_bundle: Number of releases in a bundle; likewise.
        seed: Seed of the sample.

    Returns:
        url, title; one row for each release.
    """
    maker = _TextMaker(seed)
    number = even_sequence(artist.size, 1, seed)
    slices = [slice(start, start + _SLICE) for start in range(0, artist.size, _SLICE)]
    return pl.concat(
        [
            maker.make(part.start, hosts[artist[part]], kind[part], in_bundle[part], number[part])
            for part in slices
        ],
        rechunk=True,
    )


class _TextMaker:
    """Makes the texts of some releases at once."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        first, last = words.title_words()
        self._compose = words.Composer(first, last, (*words.TITLE_STYLES, *words.MERCH_STYLES))
        # An empty word at the end, for releases without a title in their address.
        self._first_slug = pl.concat([first.str.replace(" ", "-", literal=True) + "-", pl.Series([""])])
        self._last_slug = pl.concat([last, pl.Series([""])])
        self._bundles = pl.Series(
            [f"full digital discography ({n} releases)" for n in range(MAX_RELEASES_IN_BUNDLE + 1)]
        )

    def make(self, start: int, host: pl.Series, kind: Ints, in_bundle: Ints, number: Floats) -> pl.DataFrame:
        """Make the texts of the releases from `start` on; `number` chooses their styles."""
        word = scattered(np.arange(start, start + kind.size), self._seed + 1)
        of_merch = len(words.TITLE_STYLES) + _styles(words.MERCH_STYLES, number)
        style = np.where(kind == MERCH, of_merch, _styles(words.TITLE_STYLES, number))
        bundle = kind == BUNDLE
        return pl.DataFrame(
            {
                "host": host,
                "path": pl.Series(_PATHS)[kind],
                "first": self._first_slug[np.where(bundle, words.WORDS, word >> 10)],
                "last": self._last_slug[np.where(bundle, words.WORDS, word & (words.WORDS - 1))],
                "title": self._compose(word, style).zip_with(pl.Series(~bundle), self._bundles[in_bundle]),
            }
        ).select(url=pl.concat_str("host", "path", "first", "last"), title="title")


def _styles(styles: tuple[words.Style, ...], numbers: Floats) -> Ints:
    ends = shares([style.weight for style in styles])
    places: Ints = np.searchsorted(ends, numbers, side="right").astype(np.int64)
    return places


def scattered(numbers: Ints, seed: int) -> Ints:
    """Map numbers below 2**20 to shuffled ones, without collisions."""
    mixed: Ints = (numbers * 0x9E3B5 + seed % 2**20 * 7919) % 2**20
    shuffled: Ints = ((mixed ^ (mixed >> 9)) * 0x5BD1F + 101) % 2**20
    return shuffled
