"""Parses delivered `_id`s, compares them with their rows, and spells them as keys. Makes those that are not there.

`bandcamp_assets.contract.key` defines the key. `conversion` rejects rows whose `_id` does not match.
"""

from __future__ import annotations

import polars as pl

from bandcamp_assets.contract import codes
from bandcamp_assets.contract.key import TICK_MICROSECONDS, is_spelt, spell_key, ticks_of

_DOUBLE_SPACING = 2.0**-22
"""Seconds between adjacent doubles at present times: the error of a difference of two times."""

_COARSEST_ROUNDING = 1e9
"""Coarsest rounding accepted, in seconds. (2E+09 is rounded to 1e9 s and says nothing; 1.6E+09 to 1e8 s.)"""

_ISO = (
    r"^([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:[.,]([0-9]{1,9}))?"
    r" ?(Z|UTC|[+-][0-9]{2}:?[0-9]{2}|[+-][0-9]{2})?$"
)
"""A time in ISO 8601, to the second or finer. One without an offset is in UTC, as the name of the column says."""

_NUMBER = r"^[+-]?[0-9]*\.?(?<decimals>[0-9]*)(?:[eE](?<exponent>[+-]?[0-9]{1,3}))?$"


def read_keys(text: pl.DataFrame, *, unkeyed: pl.Series | None = None) -> pl.DataFrame:
    """Parse the `_id`s of rows.

    Args:
        text: `_id`, `utc_date` and `url` as delivered, but with decimal points; null if empty.
        unkeyed: The rows that came without a field `_id`, so that it is made; None if there are none.

    Returns:
        For each row, in the same order: `agrees`, whether the `_id` matches the row; `_id`, spelt as a key if it
        does; `sold_at` (UTC), the time in `_id` if that matches, else the one in `utc_date`, null if there is no
        time; and `utc_date` as a double.
    """
    times, seconds = _as_seconds(text["utc_date"])
    if unkeyed is not None:
        text = text.with_columns(_id=pl.when(unkeyed).then(_made(text["url"], seconds)).otherwise("_id"))
    parts = text["_id"].str.splitn("&", 2).struct.unnest()
    read = text.select("_id", pl.col("url").fill_null("")).with_columns(
        parts["field_0"].alias("time"), parts["field_1"].alias("url_in_id")
    )
    read = read.with_columns(
        in_id=pl.col("time").cast(pl.Float64, strict=False),
        utc_date=seconds,
    )
    apart = (pl.col("in_id") - pl.col("utc_date")).abs()
    known = (pl.col("url_in_id") == pl.col("url")) & _is_possible("in_id")
    read = read.with_columns(
        known=known.fill_null(value=False),
        near=(apart <= codes.ID_TOLERANCE_SECONDS + _DOUBLE_SPACING).fill_null(value=False),
    )
    agrees = read["known"] & _is_near_or_rounded(times, read)
    counted = pl.when("agrees").then("in_id").when(_is_possible("utc_date")).then("utc_date")
    ticks = read.with_columns(agrees=agrees).with_columns(ticks=ticks_of(counted))
    return _spelt(ticks).select(
        "_id",
        "agrees",
        "utc_date",
        sold_at=(pl.col("ticks") * TICK_MICROSECONDS).cast(pl.Datetime("us", "UTC")),
    )


def _as_seconds(texts: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Times as seconds since 1970: as text, and as doubles. ISO 8601 keeps as many decimals as it has."""
    seconds = texts.cast(pl.Float64, strict=False)
    odd = (seconds.is_null() & texts.is_not_null()).arg_true()
    if odd.is_empty():
        return texts, seconds
    given = texts.gather(odd)
    spelt = _of_iso(given)
    if spelt.equals(given):
        return texts, seconds
    return texts.clone().scatter(odd, spelt), seconds.scatter(odd, spelt.cast(pl.Float64, strict=False))


def _of_iso(texts: pl.Series) -> pl.Series:
    """Times in ISO 8601 as seconds with as many decimals as they have. All others stay as they are."""
    part = pl.first().str.extract_groups(_ISO).struct
    moment = pl.concat_str(part.field("1"), pl.lit("T"), part.field("2")).str.to_datetime(
        "%Y-%m-%dT%H:%M:%S", strict=False
    )
    offset = part.field("4").str.extract_groups(r"^([+-])([0-9]{2}):?([0-9]{2})?$").struct
    minutes = offset.field("2").cast(pl.Int64) * 60 + offset.field("3").cast(pl.Int64).fill_null(0)
    ahead = pl.when(offset.field("1") == "-").then(-minutes).otherwise(minutes).fill_null(0)
    seconds = (moment.dt.epoch("s") - 60 * ahead).cast(pl.String)
    decimals = part.field("3").fill_null("")
    return (
        texts.to_frame().select(pl.coalesce(pl.concat_str(seconds, pl.lit("."), decimals), pl.first())).to_series()
    )


def _made(url: pl.Series, seconds: pl.Series) -> pl.Series:
    """The `_id`s of rows without one: null without a URL, empty without a time. Such rows are rejected."""
    return (
        pl.DataFrame([url.alias("url"), seconds.alias("seconds")])
        .select(
            pl.when(pl.col("url").is_not_null()).then(
                pl.when(_is_possible("seconds"))
                .then(spell_key(ticks_of(pl.col("seconds")), pl.col("url")))
                .otherwise(pl.lit(""))
            )
        )
        .to_series()
    )


def _is_possible(seconds: str) -> pl.Expr:
    """Whether a time fits into 64-bit microseconds. The contract says which times are valid for sales."""
    return pl.col(seconds).is_between(0, 1e11)


def _is_near_or_rounded(delivered: pl.Series, read: pl.DataFrame) -> pl.Series:
    """Whether `utc_date` is the time in `_id`, perhaps rounded to fewer digits as by a spreadsheet."""
    doubtful = (read["known"] & ~read["near"]).arg_true()
    if doubtful.is_empty():
        return read["near"]
    digits = pl.col("delivered").str.extract_groups(_NUMBER).struct
    exponent = digits.field("exponent").cast(pl.Float64).fill_null(0.0)
    unit = pl.lit(10.0).pow(exponent - digits.field("decimals").str.len_bytes())
    apart = (pl.col("in_id") - pl.col("utc_date")).abs()
    found = (
        read[doubtful]
        .with_columns(delivered=delivered.gather(doubtful))
        .select(found=((apart <= unit + _DOUBLE_SPACING) & (unit <= _COARSEST_ROUNDING)).fill_null(value=False))
    )
    return read["near"].clone().scatter(doubtful, found["found"])


def _spelt(read: pl.DataFrame) -> pl.DataFrame:
    """Spell the `_id`s that match their rows as keys. Nearly all are spelt so already."""
    odd = read.select(pl.col("agrees") & ~is_spelt(pl.col("time"))).to_series().arg_true()
    if odd.is_empty():
        return read
    keys = read[odd].select(spell_key(pl.col("ticks"), pl.col("url"))).to_series()
    return read.with_columns(read["_id"].scatter(odd, keys))
