"""Numbers as text made into exact decimals and whole numbers. No digit goes through a float.

Polars reads nearly all of them; the few in an odd spelling go through Python's `decimal`, one by one. Which
numbers a column may hold is the concern of `conversion`.
"""

from __future__ import annotations

import re
from decimal import ROUND_05UP, Context, Decimal, InvalidOperation

import polars as pl

EXACT = pl.Decimal(38, 18)
"""20 digits before the point, 18 behind it."""

_PLAIN_BYTES = 20
"""A number of so many characters has no digit behind the 18th decimal, unless it is all but nothing."""

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)

_LAST_DECIMAL = Decimal(1).scaleb(-18)

_STICKY = Context(prec=38, rounding=ROUND_05UP, traps=[InvalidOperation])
"""What lies behind the 18th decimal is not lost on a later rounding: it leaves a last digit other than 0 and 5."""


def parse_decimals(texts: pl.Series) -> pl.Series:
    """Parse numbers.

    Args:
        texts: Plain or in scientific notation, with a point; null where missing.

    Returns:
        `EXACT` decimals, null where there is no number, or one of more than 20 digits before the point. One of
        more decimals is cut so that rounding it, comparing it with zero or asking whether it is whole gives what
        the number itself would.
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
        64-bit integers, null where there is no number, or one that is not whole or does not fit.
    """
    numbers = texts.str.strip_suffix(".0").cast(pl.Int64, strict=False)
    odd = (numbers.is_null() & texts.is_not_null()).arg_true()
    if odd.is_empty():
        return numbers
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
