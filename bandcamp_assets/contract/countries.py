"""The countries of buyers: ISO 3166 by pycountry with withdrawn codes, and further codes and names of sales.

Makes two seeds of the dbt project, `countries` and `country_texts`. A test compares the committed files with the
output of this module. `stg_sales` decides which of a sale's two country fields counts.

`python -m bandcamp_assets.contract.countries FOLDER` writes the seeds into that folder.
"""

from __future__ import annotations

import csv
import io
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

import pycountry

KOSOVO = ("XK", "XKX", "", "Kosovo")
"""A user-assigned code that the EU, the IMF and PayPal share. It has no number in ISO 3166."""

_EVERYDAY_NAMES = {"TR": "Turkey", "CD": "Congo (Kinshasa)", "CG": "Congo (Brazzaville)"}
"""Names shown where English readers would look for neither the name nor the common name of ISO."""

_WITHDRAWN_NAMES = {
    "BU": "Burma",
    "DD": "East Germany",
    "HV": "Upper Volta",
    "SU": "Soviet Union",
    "VD": "North Vietnam",
    "YD": "South Yemen",
    "YU": "Yugoslavia",
    "ZR": "Zaire",
}
"""Everyday names of countries whose code was withdrawn, where the name of ISO 3166-3 is a long one."""

_OTHER_TEXTS = {
    "c2": "CN",  # PayPal's code for China
    "uk": "GB",  # reserved in ISO 3166 for the United Kingdom
    "ascension and tristan da cunha": "SH",
    "bolivia": "BO",
    "brunei": "BN",
    "burma": "MM",
    "cape verde": "CV",
    "curacao": "CW",
    "czech republic": "CZ",
    "east timor": "TL",
    "england": "GB",
    "great britain": "GB",
    "holland": "NL",
    "ivory coast": "CI",
    "korea": "KR",
    "libyan arab jamahiriya": "LY",
    "macau": "MO",
    "macedonia": "MK",
    "macedonia, the former yugoslav republic of": "MK",
    "micronesia": "FM",
    "palestine": "PS",
    "palestinian territory": "PS",
    "palestinian territory, occupied": "PS",
    "reunion": "RE",
    "republic of korea": "KR",
    "russia": "RU",
    "saint martin": "MF",
    "scotland": "GB",
    "swaziland": "SZ",
    "turkey": "TR",
    "the netherlands": "NL",
    "u.s. virgin islands": "VI",
    "united states of america": "US",
    "vatican": "VA",
    "vatican city": "VA",
    "wales": "GB",
}
"""Lower-case texts that mean a country but are not in pycountry. HY occurs in the archive but is not a country."""


def countries() -> list[tuple[str, str, str, str]]:
    """All countries as (alpha-2, alpha-3, numeric, name), by alpha-2. Numeric is text of 3 digits, or empty."""
    return sorted([*_present(), KOSOVO, *_withdrawn()])


def _present() -> list[tuple[str, str, str, str]]:
    return [
        (
            country.alpha_2,
            country.alpha_3,
            country.numeric,
            _EVERYDAY_NAMES.get(country.alpha_2, getattr(country, "common_name", country.name)),
        )
        for country in pycountry.countries
    ]


def _withdrawn() -> list[tuple[str, str, str, str]]:
    """The codes of ISO 3166-3 that no country of today has. Of two countries with one code, the later one."""
    taken = {alpha_2 for alpha_2, *_ in _present()}
    by_end = sorted(pycountry.historic_countries, key=lambda country: str(country.withdrawal_date))
    found = {
        country.alpha_2: (
            country.alpha_2,
            country.alpha_3,
            getattr(country, "numeric", ""),
            _WITHDRAWN_NAMES.get(country.alpha_2, country.name),
        )
        for country in by_end
        if country.alpha_2 not in taken
    }
    return list(found.values())


def country_texts() -> list[tuple[str, str]]:
    """Every text known to mean a country, as (text in lower case, alpha-2), by text.

    A text that also means a country of today means that one: Burma is Myanmar.
    """
    withdrawn: dict[str, str] = {}
    for alpha_2, alpha_3, _, name in _withdrawn():
        withdrawn |= dict.fromkeys(map(_folded, (alpha_2, alpha_3, name)), alpha_2)
    present = dict(_OTHER_TEXTS)
    for alpha_2, alpha_3, _, name in [*_present(), KOSOVO]:
        present |= dict.fromkeys(map(_folded, (alpha_2, alpha_3, name)), alpha_2)
    for country in pycountry.countries:
        present |= dict.fromkeys(map(_folded, _names(country)), country.alpha_2)
    return sorted((withdrawn | present).items())


def countries_csv() -> str:
    """The seed `countries`."""
    return _csv(("alpha_2", "alpha_3", "numeric_code", "country"), countries())


def country_texts_csv() -> str:
    """The seed `country_texts`."""
    return _csv(("country_text", "alpha_2"), country_texts())


def _names(country: pycountry.db.Country) -> Iterator[str]:
    for field in ("name", "official_name", "common_name"):
        name = getattr(country, field, None)
        if name:
            yield name


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip().lower()


def _csv(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def write_seeds(folder: Path) -> None:
    """Write both seeds into `folder`."""
    (folder / "countries.csv").write_text(countries_csv(), encoding="utf-8")
    (folder / "country_texts.csv").write_text(country_texts_csv(), encoding="utf-8")


if __name__ == "__main__":
    write_seeds(Path(sys.argv[1]))
