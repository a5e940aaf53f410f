"""Parses text into exact decimals and whole numbers, without floats.

Polars parses nearly all of them. The few in an unusual spelling go through Python's `decimal`, one by one.
Words for a missing number are found here, too. `conversion` decides which numbers a column may hold.
"""

from __future__ import annotations

import re
from decimal import ROUND_05UP, Context, Decimal, InvalidOperation

import polars as pl

from bandcamp_assets.contract import codes

EXACT = pl.Decimal(38, 18)
"""20 digits before the point, 18 after it."""

_PLAIN_BYTES = 20
"""A number of at most this many characters has no digit after the 18th decimal, unless it is nearly 0."""

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)

_GROUPED = r"^[+-]?[0-9]{1,3}(\.[0-9]{3})+(,[0-9]*)?$"
"""In a file with decimal commas, a number whose points may separate thousands. Which it is, is not guessed."""

_LAST_DECIMAL = Decimal(1).scaleb(-18)

_STICKY = Context(prec=38, rounding=ROUND_05UP, traps=[InvalidOperation])
"""Digits after the 18th decimal leave a last digit other than 0 and 5, so that a later rounding is right."""


def with_decimal_points(texts: pl.Series) -> pl.Series:
    """Write numbers with decimal points. One that may have thousands separators becomes a text that is not one."""
    pointed = texts.str.replace(",", ".", literal=True)
    grouped = texts.str.contains(_GROUPED).arg_true()
    return pointed.scatter(grouped, texts.gather(grouped).str.replace_all(".", ",", literal=True))


def without_words(texts: pl.Series, numbers: pl.Series) -> pl.Series:
    """The texts, with null in place of words for a missing number.

    Args:
        texts: As delivered.
        numbers: What was parsed from them; null if a text is not a number.
    """
    odd = (numbers.is_null() & texts.is_not_null()).arg_true()
    if odd.is_empty():
        return texts
    return texts.clone().scatter(odd.filter(_are_words(texts.gather(odd))), None)


def _are_words(texts: pl.Series) -> pl.Series:
    return texts.str.to_lowercase().is_in(codes.MISSING_NUMBERS)


def parse_decimals(texts: pl.Series) -> pl.Series:
    """Parse numbers.

    Args:
        texts: Plain or in scientific notation, with a decimal point; null if missing.

    Returns:
        `EXACT` decimals; null if the text is not a number, or has more than 20 digits before the point. Further
        decimals are cut in such a way that rounding, comparing with zero and testing for a whole number give the
        same result as for the number itself.
    """
    numbers = texts.cast(EXACT, strict=False)
    bytes_ = texts.str.len_bytes()
    odd = ((bytes_ > _PLAIN_BYTES) | ((numbers == 0) & (bytes_ > len("-0.0")))).fill_null(value=False).arg_true()
    if odd.is_empty():
        return numbers
    return numbers.scatter(odd, pl.Series([_exact(text) for text in texts.gather(odd)], dtype=EXACT))


def parse_whole_numbers(texts: pl.Series) -> pl.Series:
    """Parse whole numbers, such as 2, 2.0 or 2E0.

    Returns:
        64-bit integers; null if the text is not a number, or the number is not whole or does not fit.
    """
    numbers = texts.str.strip_suffix(".0").cast(pl.Int64, strict=False)
    odd = (numbers.is_null() & texts.is_not_null()).arg_true()
    if odd.is_empty():
        return numbers
    odd = odd.filter(~_are_words(texts.gather(odd)))
    found = pl.Series([_exact(text) for text in texts.gather(odd)], dtype=EXACT)
    whole = found.cast(pl.Int64, strict=False)
    return numbers.scatter(odd, pl.select(pl.when(whole.cast(EXACT) == found).then(whole)).to_series())


def _exact(text: str) -> Decimal | None:
    if not _NUMBER.fullmatch(text):
        return None
    try:
        return Decimal(text).quantize(_LAST_DECIMAL, context=_STICKY)
    except InvalidOperation:
        return None
