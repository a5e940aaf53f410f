"""Compares figures of layers. Pure: no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bandcamp_assets.storage.warehouse.figures import DayFigures


@dataclass(frozen=True)
class Difference:
    """A day on which two layers disagree."""

    day: date
    expected: DayFigures
    found: DayFigures

    def __str__(self) -> str:
        return f"{self.day}: expected {self.expected}, found {self.found}"


def differences(expected: Mapping[date, DayFigures], found: Mapping[date, DayFigures]) -> list[Difference]:
    """The days on which rows or US dollars differ, in order. A missing day counts as empty."""
    nothing = DayFigures()
    return [
        Difference(day, expected.get(day, nothing), found.get(day, nothing))
        for day in sorted({*expected, *found})
        if expected.get(day, nothing) != found.get(day, nothing)
    ]


def superseded(made_from: Mapping[date, str], now: Mapping[date, str]) -> set[date]:
    """The days that a layer made from an input that the previous layer no longer holds.

    Another run has changed the input since and will rebuild these days. They differ, but no row is lost.

    Args:
        made_from: What the layer made each day from, as recorded then.
        now: What the previous layer holds, as recorded now. A day that is being changed is missing.
    """
    return {day for day, content in made_from.items() if content != now.get(day)}


def total(figures: Mapping[date, DayFigures]) -> DayFigures:
    """The sum over all days."""
    return sum(figures.values(), DayFigures())


def add(one: Mapping[date, DayFigures], other: Mapping[date, DayFigures]) -> dict[date, DayFigures]:
    """The sum of two layers, day by day."""
    nothing = DayFigures()
    return {day: one.get(day, nothing) + other.get(day, nothing) for day in sorted({*one, *other})}
