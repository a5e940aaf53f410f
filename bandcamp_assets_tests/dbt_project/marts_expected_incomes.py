"""The marts of incomes, worked out from single sales."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate

from bandcamp_assets_tests.dbt_project.marts_expected_artists import host
from bandcamp_assets_tests.dbt_project.marts_expected_numbers import NOTHING, Row, groups, per, ratio, usd

MANY = {"various", "variousartists", "variousartist", "va"}
"""Names that stand for various artists, without what is no letter."""


def incomes(sales: Sequence[Row]) -> dict[str, list[Decimal]]:
    """What each earner of a population took, the richest first."""
    artists = groups([row for row in sales if row["artist_name"] is not None], lambda row: row["artist_name"])
    sellers = groups([row for row in sales if host(row) is not None], host)
    populations = {
        "artists": artists.values(),
        "artists without compilations": [rows for name, rows in artists.items() if not _stands_for_many(name)],
        "sellers": sellers.values(),
    }
    return {name: sorted(map(usd, each), reverse=True) for name, each in populations.items() if each}


def _stands_for_many(name: str) -> bool:
    return "".join(letter for letter in name.lower() if letter not in " ./") in MANY


def richest(earners: int, percent: int) -> int:
    """The smallest whole number of earners that makes up so many percent of them."""
    return math.ceil(Fraction(percent * earners, 100))


def income_shares(sales: Sequence[Row]) -> list[Row]:
    found = []
    for population, earned in incomes(sales).items():
        number = len(earned)
        # The place from the poorest is 1 for the last of them.
        weighted = [(2 * (number - index) - number - 1) * income for index, income in enumerate(earned)]
        for percent in range(1, 101):
            first, last = richest(number, percent - 1), richest(number, percent)
            if first < last:
                found.append(
                    {
                        "population": population,
                        "top_percent": percent,
                        "earners": last - first,
                        "earners_in_all": number,
                        "revenue_usd": sum(earned[first:last]),
                        "earners_up_to": last,
                        "revenue_usd_up_to": sum(earned[:last]),
                        "revenue_usd_in_all": sum(earned),
                        "gini_part": sum(weighted[first:last]),
                    }
                )
    return found


def gini(earned: Sequence[Decimal]) -> Decimal | None:
    """Half the mean difference between any two incomes, by the mean income."""
    rising = sorted(earned)
    poorer = [NOTHING, *accumulate(rising)]
    apart = sum(index * income - poorer[index] for index, income in enumerate(rising))
    return ratio(apart, len(rising) * poorer[-1])


def income_concentration(sales: Sequence[Row]) -> list[Row]:
    return [
        {
            "population": population,
            "earners": len(earned),
            "revenue_usd": sum(earned),
            "average_income_usd": per(sum(earned), len(earned)),
            "gini": gini(earned),
        }
        | {
            f"top_{percent}_percent_share": ratio(sum(earned[: richest(len(earned), percent)]), sum(earned))
            for percent in (1, 2, 5, 10, 50)
        }
        for population, earned in incomes(sales).items()
    ]


def income_lorenz(sales: Sequence[Row]) -> list[Row]:
    found = []
    for population, earned in incomes(sales).items():
        poorest = [NOTHING, *accumulate(reversed(earned))]
        for percent in range(101):
            earners = percent * len(earned) // 100
            found.append(
                {
                    "population": population,
                    "poorest_percent": percent,
                    "earners": earners,
                    "revenue_usd": poorest[earners],
                    "revenue_share": ratio(poorest[earners], poorest[-1]),
                }
            )
    return found
