"""The key of a sale, made from the row: its time to 5 decimals, '&', and its URL as delivered.

One sale has one key however it was spelt. Everything about a sale's time follows from its key: `sold_at` is the
time in it, and the day is that of `sold_at`. So one key is of one day, and a key that is unique within its day is
unique at all. How a delivered `_id` is read, and held against its row, stands in `bandcamp_assets.lake.keys`.
"""

from __future__ import annotations

import polars as pl

TICKS_A_SECOND = 100_000
"""A tick is the last of a key's 5 decimals."""

TICK_MICROSECONDS = 1_000_000 // TICKS_A_SECOND

_SPELT_TIME = r"^[1-9][0-9]{9}(\.[0-9]{0,4}[1-9])?$"
"""The only spelling of a time between the years 2001 and 2286."""


def spell_key(ticks: pl.Expr, url: pl.Expr) -> pl.Expr:
    """The keys of sales.

    Args:
        ticks: Their times, in ticks since 1970.
        url: Their URLs as delivered; a missing one is an empty text.
    """
    seconds = (ticks // TICKS_A_SECOND).cast(pl.String)
    decimals = (ticks % TICKS_A_SECOND).cast(pl.String).str.zfill(5).str.strip_chars_end("0")
    point = pl.when(decimals == "").then(pl.lit("")).otherwise(pl.lit("."))
    return pl.concat_str(seconds, point, decimals, pl.lit("&"), url.fill_null(""))


def is_spelt(time: pl.Expr) -> pl.Expr:
    """Whether texts are times as a key spells them."""
    return time.str.contains(_SPELT_TIME)


def begins_with_second(key: pl.Expr, sold_at: pl.Expr) -> pl.Expr:
    """Whether keys begin with the second of these times (UTC, between the years 2001 and 2286)."""
    return key.str.starts_with(sold_at.dt.epoch("s").cast(pl.String))


def ticks_of(seconds: pl.Expr) -> pl.Expr:
    """Seconds since 1970, as doubles, in whole ticks: the nearest, of two equally near ones the even one.

    Exact for times after January 2004, whose doubles are multiples of 2^-22: so is the product below.
    """
    whole = seconds.floor()
    decimals = ((seconds - whole) * TICKS_A_SECOND).round(0, mode="half_to_even")
    return whole.cast(pl.Int64, strict=False) * TICKS_A_SECOND + decimals.cast(pl.Int64, strict=False)
