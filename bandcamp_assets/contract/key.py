"""The key of a sale: its time to 5 decimals, '&', and its URL as delivered.

A sale has the same key in whatever way its `_id` was spelt. The key alone dates a sale: `sold_at` is the time in
the key, and the day is the day of `sold_at`. So each key belongs to one day, and a key that is unique within its
day is unique in the table. `bandcamp_assets.lake.keys` reads delivered `_id`s and compares them with their rows.
"""

from __future__ import annotations

import polars as pl

TICKS_A_SECOND = 100_000
"""A tick is one unit of a key's 5th decimal."""

TICK_MICROSECONDS = 1_000_000 // TICKS_A_SECOND

_SPELT_TIME = r"^[1-9][0-9]{9}(\.[0-9]{0,4}[1-9])?$"
"""The only spelling of a time between the years 2001 and 2286."""


def spell_key(ticks: pl.Expr, url: pl.Expr) -> pl.Expr:
    """The keys of sales.

    Args:
        ticks: Their times, in ticks since 1970.
        url: Their URLs as delivered; a missing URL becomes an empty text.
    """
    seconds = (ticks // TICKS_A_SECOND).cast(pl.String)
    decimals = (ticks % TICKS_A_SECOND).cast(pl.String).str.zfill(5).str.strip_chars_end("0")
    point = pl.when(decimals == "").then(pl.lit("")).otherwise(pl.lit("."))
    return pl.concat_str(seconds, point, decimals, pl.lit("&"), url.fill_null(""))


def is_spelt(time: pl.Expr) -> pl.Expr:
    """Whether texts are times in the spelling of keys."""
    return time.str.contains(_SPELT_TIME)


def begins_with_second(key: pl.Expr, sold_at: pl.Expr) -> pl.Expr:
    """Whether keys begin with the second of these times (UTC, between the years 2001 and 2286)."""
    return key.str.starts_with(sold_at.dt.epoch("s").cast(pl.String))


def ticks_of(seconds: pl.Expr) -> pl.Expr:
    """Convert seconds since 1970, as doubles, to the nearest whole ticks; a tie goes to the even one.

    Exact for times after January 2004: their doubles are multiples of 2^-22, and so is the product below.
    """
    whole = seconds.floor()
    decimals = ((seconds - whole) * TICKS_A_SECOND).round(0, mode="half_to_even")
    return whole.cast(pl.Int64, strict=False) * TICKS_A_SECOND + decimals.cast(pl.Int64, strict=False)
