"""The countries and currencies of the sample, with their weights.

`catalogue` and `amounts` make prices. `dirt` plants bare country codes instead of names.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pycountry

from bandcamp_assets.sources.sample.arrays import Floats, Ints

_COUNTRY_WEIGHTS = """
us 44000 gb 14000 de 8000 fr 4300 ca 4100 au 3900 jp 2700 nl 2100 it 1800 es 1500 se 1300 be 1150 ie 850
ch 840 no 720 at 650 dk 640 pl 630 fi 560 nz 520 br 510 ru 430 pt 360 mx 350 gr 340 cz 280 il 260 hu 190
ar 180 sg 170 cl 170 hk 160 ro 140 tw 130 kr 120 ee 90 sk 90 ua 90 th 85 in 80 co 80 lu 75 hr 75 lt 70
za 70 tr 65 si 65 id 60 is 60 my 55 ph 50 bg 50 lv 50 rs 45 cn 45 ae 45 mt 40 pe 35 cy 35 pr 30 cr 30
by 26 vn 24 ge 24 sa 22 uy 20 ec 20 lb 18 kz 16 re 14 eg 14 qa 14 ba 14 gt 14 ve 12 pa 12 im 12 je 12
do 11 ma 11 mk 11 kw 11 gg 10 tt 10 mo 9 md 9 jm 8 gp 8 am 8 tn 8 al 8 ng 8 ke 8 lk 8 bh 8 jo 7 gi 7 sv 7
mq 7 nc 7 bo 7 ad 7 pk 7 az 6 py 6 bm 6 bb 6 mu 6 dz 6 gf 6 kh 6 mn 6 pf 6 om 6 li 6 fo 6 ky 5 iq 5 bn 5
np 5 bd 5 gh 5 hn 5 mc 5 gu 5 ni 4 mm 4 tz 4 ug 4 sn 4 ci 4 bs 4 aw 4 uz 4 kg 4 zw 4 na 4 gl 3 mv 3 la 3
zm 3 mz 3 cm 3 rw 3 et 3 ao 3 gy 3 sr 3 bz 3 ht 3 lc 3 vc 3 gd 3 ag 3 dm 3 kn 3 vg 3 vi 3 tc 3 ax 3 fj 3
pg 3 tj 2 bj 2 gm 2 sb 2 vu 2 ws 2 to 2 ck 2 mp 2 sc 2 mg 2 bw 2 mw 2 cv 2 tl 2 yt 2 pm 2 sm 2 va 2
"""
"""Sales by ISO 3166 code, out of about 100,000."""

_COUNTRY_NAMES = {
    "bo": "Bolivia",
    "bn": "Brunei",
    "ci": "Ivory Coast",
    "cv": "Cape Verde",
    "cz": "Czech Republic",
    "kr": "Korea, Republic of",
    "la": "Lao People's Democratic Republic",
    "mk": "Macedonia",
    "mo": "Macau",
    "re": "Reunion",
    "tr": "Turkey",
    "tw": "Taiwan",
    "tz": "Tanzania",
    "va": "Vatican City",
    "ve": "Venezuela",
    "vg": "Virgin Islands, British",
    "vi": "Virgin Islands, U.S.",
    "vn": "Vietnam",
}
"""Names as shops write them, if they differ from ISO's."""


@dataclass(frozen=True)
class Country:
    """A country of buyers: code in lower case, name as delivered, weight in sales."""

    code: str
    name: str
    weight: int


@dataclass(frozen=True)
class Currency:
    """A currency of sellers.

    Attributes:
        code: ISO 4217.
        weight: Sellers out of 10,000.
        usd_per_unit: US dollars for one unit, in millionths.
        price_scale: Units that a seller asks instead of one dollar.
        prefix: The text before a formatted amount.
        suffix: The text after it.
    """

    code: str
    weight: int
    usd_per_unit: int
    price_scale: int
    prefix: str = ""
    suffix: str = ""


CURRENCIES = (
    Currency("USD", 4850, 1_000_000, 1, prefix="$"),
    Currency("EUR", 2450, 1_180_000, 1, prefix="€"),
    Currency("GBP", 1690, 1_300_000, 1, prefix="£"),
    Currency("CAD", 370, 760_000, 1, prefix="$", suffix=" CAD"),
    Currency("AUD", 280, 728_000, 1, prefix="$", suffix=" AUD"),
    Currency("JPY", 120, 9_420, 100, prefix="¥"),
    Currency("SEK", 60, 114_200, 10, suffix=" SEK"),
    Currency("NZD", 45, 668_000, 1, prefix="$", suffix=" NZD"),
    Currency("CHF", 35, 1_095_000, 1, suffix=" CHF"),
    Currency("DKK", 22, 158_500, 7, suffix=" DKK"),
    Currency("NOK", 20, 110_600, 10, suffix=" NOK"),
    Currency("PLN", 20, 265_000, 4, suffix=" PLN"),
    Currency("CZK", 13, 44_500, 20, suffix=" CZK"),
    Currency("ILS", 8, 292_000, 4, suffix=" ILS"),
    Currency("HUF", 5, 3_300, 300, suffix=" HUF"),
    Currency("MXN", 5, 46_300, 20, prefix="$", suffix=" MXN"),
    Currency("HKD", 4, 129_000, 8, prefix="$", suffix=" HKD"),
    Currency("SGD", 3, 731_000, 1, prefix="$", suffix=" SGD"),
)


def countries() -> tuple[Country, ...]:
    """All countries of the sample, the largest first."""
    words = _COUNTRY_WEIGHTS.split()
    iso_names = {country.alpha_2.lower(): country.name for country in pycountry.countries}
    return tuple(
        Country(code, _COUNTRY_NAMES.get(code, iso_names[code]), int(weight))
        for code, weight in zip(words[::2], words[1::2], strict=True)
    )


def usd_rates(days: int) -> Ints:
    """US dollars for one unit of each currency on each day, in millionths; shape (days, currencies).

    The rates drift by up to half a percent. They are whole numbers, so that every machine gets the same cents.
    """
    base = np.array([currency.usd_per_unit for currency in CURRENCIES], np.int64)
    day = np.arange(days, dtype=np.int64)[:, None]
    place = np.arange(len(CURRENCIES), dtype=np.int64)[None, :]
    drift = (day * 7 + place * 13) % 21 - 10
    drift[:, 0] = 0
    rates: Ints = base + base * drift * 5 // 10_000
    return rates


def shares(weights: list[int]) -> Floats:
    """The upper ends of the shares within 0 to 1, to look up random numbers in."""
    total = np.cumsum(np.array(weights, np.int64))
    ends: Floats = total / total[-1]
    return ends
