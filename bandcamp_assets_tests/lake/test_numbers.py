"""Numbers in any spelling are parsed as by Python's `decimal`: cents, sign, and whether they are whole."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal

import polars as pl
import pytest

from bandcamp_assets.lake.numbers import parse_decimals, parse_whole_numbers, with_decimal_points, without_words

ODD = (
    "1e999", "-1e999", "NaN", "nan", "-nan", "inf", "-Infinity", "-0", "-0.0", "+1", " 1", "1 ", "1_000", "1,5",
    "1.", ".5", ".", "e5", "1e", "1e-400", "-1e-400", "0x10", "١٢", "\uff11\uff12", "²", "9007199254740993",
    "9223372036854775807", "9223372036854775808", "4503599627370497.5", "1" * 400, "0." + "0" * 400 + "1",
    "-0." + "0" * 400 + "1", "5" + "." + "0" * 40, "5." + "0" * 40 + "1", "1e99999999999999999999", "$5", "", "+",
    "0.004" + "9" * 17, "0.004" + "9" * 30, "0.005" + "0" * 30, "0.005" + "0" * 30 + "1",
    "00000000000000000000012.50",
)  # fmt: skip
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,15})?", re.ASCII)
WIDE = Context(prec=2000, Emax=10**15, Emin=-(10**15))
CENT = Decimal("0.01")


def _plain(chance: random.Random) -> str:
    return f"{chance.randrange(10 ** chance.randrange(1, 12))}.{chance.randrange(10 ** chance.randrange(1, 20))}"


def _near_half_a_cent(chance: random.Random) -> str:
    tail = chance.choice(("5", "50", "4" + "9" * chance.randrange(1, 30), "5" + "0" * chance.randrange(30) + "1"))
    return f"{chance.randrange(1000)}.{chance.randrange(100):02}{tail}"


def _scientific(chance: random.Random) -> str:
    digits = chance.choice(("", "0.", "1.", "7", "00.")) + str(chance.randrange(10 ** chance.randrange(1, 16)))
    return f"{chance.choice(('', '+', '-'))}{digits}{chance.choice('eE')}{chance.randrange(-40, 20)}"


def _whole(chance: random.Random) -> str:
    tail = chance.choice(("", ".0", ".00", ".5", ".", "e0", "E1", "." + "0" * chance.randrange(1, 30) + "1"))
    return chance.choice(("", "+", "-", "00")) + str(chance.randrange(10 ** chance.randrange(1, 22))) + tail


MAKERS: tuple[Callable[[random.Random], str], ...] = (_plain, _near_half_a_cent, _scientific, _whole)


def texts() -> list[str]:
    chance = random.Random(7)  # noqa: S311 - a test's numbers
    return [*ODD, *(chance.choice(MAKERS)(chance) for _ in range(20_000))]


def read(text: str) -> Decimal | None:
    return Decimal(text, WIDE) if NUMBER.fullmatch(text) else None


def test_decimals_are_rounded_and_compared_as_the_number_itself_would_be() -> None:
    every = texts()

    found = parse_decimals(pl.Series(every))
    cents = found.round(2, mode="half_away_from_zero")

    for text, exact, rounded in zip(every, found, cents, strict=True):
        expected = read(text)
        if expected is None or abs(expected) >= Decimal(10) ** 20:
            assert exact is None, text
        else:
            assert rounded == expected.quantize(CENT, ROUND_HALF_UP, WIDE), text
            assert (exact > 0, exact < 0) == (expected > 0, expected < 0), text


def test_only_whole_values_become_whole_numbers_and_they_keep_every_digit() -> None:
    every = texts()

    found = parse_whole_numbers(pl.Series(every))

    for text, number in zip(every, found, strict=True):
        expected = read(text)
        fits = expected is not None and -(2**63) <= expected < 2**63
        whole = expected is not None and fits and expected.as_integer_ratio()[1] == 1
        assert number == (int(expected) if whole and expected is not None else None), text


@pytest.mark.parametrize("parse", [parse_decimals, parse_whole_numbers])
def test_missing_numbers_stay_missing(parse: Callable[[pl.Series], pl.Series]) -> None:
    assert parse(pl.Series([None, "1", None], dtype=pl.String)).to_list() == [None, 1, None]


@pytest.mark.parametrize(
    ("text", "pointed"),
    [
        ("1500,5", "1500.5"),
        ("1,1E+1", "1.1E+1"),
        ("1234.5", "1234.5"),
        ("1234.567", "1234.567"),
        ("1.23", "1.23"),
        ("", ""),
        ("1.234", "1,234"),
        ("-1.234,56", "-1,234,56"),
        ("1.234.567", "1,234,567"),
        ("123.456,", "123,456,"),
    ],
)
def test_a_decimal_comma_becomes_a_point_and_what_may_be_thousands_is_not_a_number(
    text: str, pointed: str
) -> None:
    given = pl.Series(["2,5", None, text, "7"])

    assert with_decimal_points(given).to_list() == ["2.5", None, pointed, "7"]
    assert given.to_list() == ["2,5", None, text, "7"]


def test_words_for_a_missing_number_are_missing_and_other_texts_stay() -> None:
    texts = pl.Series(["1", "NA", None, "free", "n/a", "", "-", "Null"])

    assert without_words(texts, parse_decimals(texts)).to_list() == ["1", None, None, "free", None, "", None, None]
    assert texts.to_list() == ["1", "NA", None, "free", "n/a", "", "-", "Null"]
    plain = pl.Series(["1", None, "free"])
    assert without_words(plain, parse_decimals(plain)).to_list() == ["1", None, "free"]
