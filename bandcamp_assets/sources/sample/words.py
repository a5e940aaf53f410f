"""The invented words from which artists, labels and titles of the sample are made.

A text is prefix + word + joiner + word + suffix. The pieces are written as CSV: a style that needs quotes opens
the quote in its prefix, closes it in its suffix, and doubles quotes in between.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from bandcamp_assets.sources.sample.arrays import Ints

WORDS = 1024
"""Words in each list, so that ten bits of a number choose one."""


def _words(text: str) -> list[str]:
    return text.split()


_HEADS_1 = _words(
    """
    ka mo vel thor bri sun nal ser lum fen dra pol kri wes mar jo tan rin os hol ast glo ver nim cal
    bo ed var il dun sho quin
    """
)
_TAILS_1 = _words(
    """
    ra dine lock mere wyn do ves tin lo gard sby nor ket las mond rix ta bel shaw vik dan po rel sum
    fax ly zen berg cott ne ville us
    """
)
_HEADS_2 = _words(
    """
    pa her li str mi gran dov tel ru ash cor ben fal ow ye chi no sla hu mel win tru ap gil vor sta
    ze kel im bar ul fre
    """
)
_TAILS_2 = _words(
    """
    nter iva dow ston ela kins rum ssen dra bury ola tor me nix dale vo hart ren sk tti mar ghan lin
    fe dor ster no que by ck lo anda
    """
)

_TITLE_FIRST = _words(
    """
    night silver quiet burning hollow paper golden winter electric broken distant velvet northern
    second little endless wild slow crystal hidden salt blue autumn plastic holy sleeping bitter
    neon early lost static amber
    """
)
_TITLE_LAST = _words(
    """
    river glass garden signal light machine season harbour mirror letters dust parade ocean bones
    room fires ghost city tide radio forest theory engine summer language hours shadow station bloom
    horizon choir satellite
    """
)


_CASES = ("title", "upper", "lower")


@dataclass(frozen=True)
class Style:
    """How two words become a text: `weight` out of 1,000, the pieces around them, and one of `_CASES`."""

    weight: int
    prefix: str = ""
    joiner: str = " "
    suffix: str = ""
    case: str = "title"


NAME_STYLES = (
    Style(480),
    Style(120, case="upper"),
    Style(80, case="lower"),
    Style(60, prefix="The "),
    Style(60, joiner=" & "),
    Style(40, prefix="DJ "),
    Style(20, joiner=" & The "),
    Style(20, suffix=" Ensemble"),
    Style(20, suffix=" feat. Ana Vell"),
    Style(12, prefix='"', joiner=", ", suffix='"'),
    Style(10, prefix='"', suffix=', Mira Holt, Jon Ostby"'),
    Style(5, prefix='"', joiner=' ""', suffix='"""'),
    Style(12, suffix=" \N{CRESCENT MOON}"),
    Style(12, prefix="Ночной "),
    Style(12, prefix="夜の"),
    Style(12, prefix="קול "),
    Style(13, suffix=" e\N{COMBINING ACUTE ACCENT}toile\N{COMBINING DIAERESIS}"),
    Style(12, suffix=" Øst"),
)
TITLE_STYLES = (
    Style(300),
    Style(80, case="upper"),
    Style(80, case="lower"),
    Style(90, suffix=" EP"),
    Style(60, joiner=" of the "),
    Style(60, prefix="The "),
    Style(55, suffix=" (Live at the Old Mill)"),
    Style(50, suffix=" (Remastered Edition)"),
    Style(45, joiner=" / "),
    Style(40, suffix=" - Original Mix"),
    Style(30, prefix='"', joiner=", ", suffix='"'),
    Style(12, prefix='"', suffix=', Vol. 2"'),
    Style(13, prefix='"', joiner=' ""', suffix='"" (Demo)"'),
    Style(15, suffix=" \N{SPARKLES}"),
    Style(15, prefix="Песня "),
    Style(15, prefix="東京 "),
    Style(15, prefix="שיר "),
    Style(25, joiner=" sin\N{COMBINING ACUTE ACCENT} "),
)
MERCH_STYLES = (
    Style(500, suffix=" T-Shirt"),
    Style(150, suffix=" Tote Bag"),
    Style(150, suffix=" Hoodie"),
    Style(100, suffix=" Enamel Pin"),
    Style(100, prefix='"', suffix=' Poster (18"" x 24"")"'),
)

FORMATS = (
    "Compact Disc (CD)",
    "Compact Disc",
    "Limited Edition CD",
    "Digipack CD",
    "Cassette",
    "Limited Edition Cassette",
    "Vinyl LP",
    "Black Vinyl LP",
    "2 x Vinyl LP",
    "Gatefold Double Vinyl",
    "Second pressing - Clear Vinyl LP",
    "Record/Vinyl",
    '"12"" Vinyl"',
    '"Limited Edition 7"" Vinyl"',
    '"Vinyl LP, signed by the band"',
    "4xCD Box Set",
)
"""Physical formats of an album, as CSV fields."""

FORMAT_PRICES = (1000, 1000, 1200, 1200, 700, 900, 2000, 2200, 2700, 2800, 2400, 2000, 1500, 900, 2600, 3200)
"""The price of each format, in hundredths of a seller's unit."""


def artist_words() -> tuple[pl.Series, pl.Series]:
    """First and last words of names, in lower case."""
    return _combine(_HEADS_1, _TAILS_1), _combine(_HEADS_2, _TAILS_2)


def title_words() -> tuple[pl.Series, pl.Series]:
    """First and last words of titles, in lower case: common words, alone or with an invented one."""
    first = [f"{word} {name}" if name else word for word in _TITLE_FIRST for name in ("", *_HEADS_1[1:])]
    last = [f"{name}{word}" if name else word for word in _TITLE_LAST for name in ("", *_HEADS_2[1:])]
    return pl.Series(first), pl.Series(last)


def _combine(heads: list[str], tails: list[str]) -> pl.Series:
    return pl.Series([head + tail for head in heads for tail in tails])


class Composer:
    """Makes texts of two words and a style, as CSV fields.

    Args:
        first: `WORDS` first words, in lower case.
        last: `WORDS` last words, likewise.
        styles: The styles to choose from.
    """

    def __init__(self, first: pl.Series, last: pl.Series, styles: tuple[Style, ...]) -> None:
        self._first = _in_all_cases(first)
        self._last = _in_all_cases(last)
        self._case = np.array([_CASES.index(style.case) for style in styles], np.int64) * WORDS
        self._pieces = pl.DataFrame(
            {
                "prefix": [style.prefix for style in styles],
                "joiner": [style.joiner for style in styles],
                "suffix": [style.suffix for style in styles],
            }
        )

    def __call__(self, number: Ints, style: Ints) -> pl.Series:
        """Make one text for each number below 2**20, which chooses the words, and index of a style."""
        case, pieces = self._case[style], self._pieces[style]
        return pieces.with_columns(
            first=self._first[case + (number >> 10)], last=self._last[case + (number & (WORDS - 1))]
        ).select(text=pl.concat_str("prefix", "first", "joiner", "last", "suffix"))["text"]


def _in_all_cases(words: pl.Series) -> pl.Series:
    return pl.concat([words.str.to_titlecase(), words.str.to_uppercase(), words])
