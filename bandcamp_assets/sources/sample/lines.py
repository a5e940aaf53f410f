"""Builds lines of CSV from pieces that are already CSV.

Every piece is looked up in a table by its number. That is fastest, because mostly views of text are copied, not
the text itself. `orders` draws the sales.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from bandcamp_assets.sources.sample import words
from bandcamp_assets.sources.sample.amounts import Amounts
from bandcamp_assets.sources.sample.arrays import Bools, Floats, Ints
from bandcamp_assets.sources.sample.catalogue import Catalogue
from bandcamp_assets.sources.sample.labels import (
    ALBUM,
    BUNDLE,
    MAX_RELEASES_IN_BUNDLE,
    TRACK,
    artist_texts,
    release_texts,
    scattered,
)
from bandcamp_assets.sources.sample.market import CURRENCIES, Country

_TABLED = 100_000
"""Amounts below 1,000 units are looked up. Higher ones are whole units, and are formatted one by one."""

_NO_CURRENCY = len(CURRENCIES)
_MAX_FURTHER_ITEMS = 22
_PICTURES = pl.Series(["_7.jpg,a,", "_7.jpg,t,", "_37.jpg,p,", "_7.jpg,b,", "_37.jpg,p,"])
"""The end of a picture's address and the item type: by kind, and last for a physical album."""

_PICTURE_DIGITS = 10
_SHORTEST_PICTURE = 7


@dataclass(frozen=True)
class Moments:
    """Time and country of each sale of a chunk, and which optional fields it has. All have the shape (rows).

    Attributes:
        row: Row numbers.
        id_time: Seconds since 1970, as in `_id`.
        utc_date: Seconds since 1970, as in `utc_date`.
        country: Index of the country.
        shows_overpayment: Whether `amount_over_fmt` is set if more than the price was paid.
        shows_album_slug: Whether `track_album_slug_text` is set if a track was sold.
    """

    row: Ints
    id_time: Floats
    utc_date: Floats
    country: Ints
    shows_overpayment: Bools
    shows_album_slug: Bools


class LineMaker:
    """Makes the lines of any chunk. It is not changed after its creation.

    Args:
        catalogue: The releases for sale.
        countries: The countries of buyers.
        seed: Seed of the sample.
    """

    def __init__(self, catalogue: Catalogue, countries: tuple[Country, ...], seed: int) -> None:
        artists, hosts = artist_texts(catalogue.artist_currency.size, catalogue.artist_currency, seed)
        texts = release_texts(hosts, catalogue.artist, catalogue.kind, catalogue.in_bundle, seed)
        self._seed = seed
        self._catalogue = catalogue
        self._artist = artists
        self._url = texts["url"]
        self._title = pl.concat([texts["title"], pl.Series([""])], rechunk=True)
        zeros = ["0" * (_PICTURE_DIGITS - n) for n in range(_SHORTEST_PICTURE, _PICTURE_DIGITS + 1)]
        self._zeros = pl.Series([*(f"a{filling}" for filling in zeros), *zeros])
        self._format = pl.Series(words.FORMATS)
        self._code = pl.Series([f",{country.code}," for country in countries])
        self._country = pl.Series([f",{_as_field(country.name)}," for country in countries])
        self._slug = pl.Series(["a,", "t,", "p,", ","])
        self._prefix = pl.Series([*(one.prefix for one in CURRENCIES), ""])
        self._suffix = pl.Series([*(one.suffix for one in CURRENCIES), ""])
        self._shown = pl.Series([_shown(n) for n in range(_TABLED)])
        self._clean = pl.Series([f"{n / 100}" for n in range(_TABLED)])
        self._noisy = pl.Series(_with_noise(np.arange(_TABLED)))
        self._in_bundle = pl.Series(["", *(f"{n}.0" for n in range(1, MAX_RELEASES_IN_BUNDLE + 1))])
        self._end = pl.Series([",,\n", *(f",/album/,{n}.0\n" for n in range(1, _MAX_FURTHER_ITEMS + 1))])
        self._album_slug = pl.Series(["", "second-light", "golden-hours", "paper-garden", "lost-theory"])

    def make(self, amounts: Amounts, moments: Moments) -> pl.Series:
        """Build one line for each sale, with a line feed."""
        release, known, comma = amounts.release, self._catalogue, pl.lit(",")
        kind, currency = known.kind[release], known.currency[release]
        album_as_thing = amounts.physical & (kind == ALBUM)
        over = amounts.amount_paid - amounts.item_price
        is_format, title = pl.Series(album_as_thing), self._title[release]
        over = np.where(moments.shows_overpayment, over, 0)
        slug = np.where((kind == TRACK) & moments.shows_album_slug, 1 + release % 4, 0)
        pieces = {
            "row": moments.row,
            "id_time": moments.id_time,
            "url": self._url[release],
            **self._pictures(release, amounts.physical),
            "type": _PICTURES[np.where(album_as_thing, 4, kind)],
            "utc_date": moments.utc_date,
            "code": self._code[moments.country],
            "album_slug": self._album_slug[slug],
            "country": self._country[moments.country],
            "slug": self._slug[kind],
            **self._shown_amount("paid", amounts.amount_paid // (1 + amounts.further_items), currency),
            "price": _looked_up(self._noisy, amounts.item_price),
            "description": self._format[known.format[release]].zip_with(is_format, title),
            "amount": _looked_up(self._clean, amounts.amount_paid),
            "in_bundle": self._in_bundle[np.where(kind == BUNDLE, known.in_bundle[release], 0)],
            "artist": self._artist[known.artist[release]],
            "album": title.zip_with(is_format, self._title[known.album[release]]),
            "usd": _looked_up(self._clean, amounts.amount_paid_usd),
            **self._shown_amount("over", over, currency, with_suffix=False),
            "end": self._end[amounts.further_items],
        }
        address = pl.lit(",https://f4.bcbits.com/img/")
        line = pl.concat_str(
            "row", comma, "id_time", pl.lit("&"), "url", address, "zeros", "picture", "type", "utc_date", "code",
            "album_slug", "country", "slug", "paid_prefix", "paid", "paid_suffix", comma, "price", comma,
            "description", comma, "art_id", comma, "url", comma, "amount", comma, "in_bundle", "artist", "album",
            comma, "usd", comma, "package_id", comma, "over_prefix", "over", "over_suffix", "end",
        )  # fmt: skip
        return pl.DataFrame(pieces).select(line=line)["line"]

    def _pictures(self, release: Ints, physical: Bools) -> dict[str, pl.Series]:
        """Numbers of pictures, of releases and of packages: in the address, and in the column of the kind."""
        art = 10_000_000 + scattered(release, self._seed + 2) * 4_001 + release % 3_989
        package = 5_000_000 + scattered(release, self._seed + 3) * 19 + release % 17
        number = np.where(physical, package, art)
        digits = np.searchsorted(10 ** np.arange(_SHORTEST_PICTURE, _PICTURE_DIGITS), number, side="right")
        text, none = pl.Series(number).cast(pl.String), pl.Series([""]).new_from_index(0, number.size)
        column, is_package = text + ".0", pl.Series(physical)
        return {
            "zeros": self._zeros[digits + physical * self._zeros.len() // 2],
            "picture": text,
            "art_id": none.zip_with(is_package, column),
            "package_id": column.zip_with(is_package, none),
        }

    def _shown_amount(
        self, name: str, hundredths: Ints, currency: Ints, *, with_suffix: bool = True
    ) -> dict[str, pl.Series]:
        """A formatted amount in three pieces, which are empty for an overpayment of 0."""
        large = hundredths >= _TABLED
        bare = large if with_suffix else large | (hundredths == 0)
        sign = np.where(bare, _NO_CURRENCY, currency)
        shown = self._shown[np.where(large, 0, hundredths)]
        for_large = np.flatnonzero(large)
        if for_large.size:
            texts = [
                f'"{CURRENCIES[place].prefix}{amount // 100:,}{CURRENCIES[place].suffix if with_suffix else ""}"'
                for place, amount in zip(currency[for_large].tolist(), hundredths[for_large].tolist(), strict=True)
            ]
            shown = shown.scatter(for_large, texts)
        if not with_suffix:
            shown = shown.zip_with(pl.Series(hundredths > 0), pl.Series([""]).new_from_index(0, hundredths.size))
        no_suffix = np.full(sign.size, _NO_CURRENCY)
        return {
            f"{name}_prefix": self._prefix[sign],
            name: shown,
            f"{name}_suffix": self._suffix[sign if with_suffix else no_suffix],
        }


def _looked_up(table: pl.Series, hundredths: Ints) -> pl.Series:
    """Amounts as numbers with a decimal point: 9.99, 10.0, 1500.0."""
    large = np.flatnonzero(hundredths >= _TABLED)
    texts = table[np.minimum(hundredths, _TABLED - 1)]
    return texts.scatter(large, [f"{n / 100}" for n in hundredths[large].tolist()]) if large.size else texts


def _shown(hundredths: int) -> str:
    units, rest = divmod(hundredths, 100)
    return f"{units}.{rest:02d}" if rest else f"{units}"


def _with_noise(hundredths: Ints) -> list[str]:
    """Prices as 32-bit floats printed with 15 digits: 9.98999977111816 for 9.99."""
    return [str(float(f"{price:.15g}")) for price in (hundredths / 100).astype(np.float32).tolist()]


def _as_field(text: str) -> str:
    return f'"{text}"' if "," in text else text
