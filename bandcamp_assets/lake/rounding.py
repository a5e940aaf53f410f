"""Rounds amounts to the smallest unit of their currency, and finds those that lost more than float noise.

`numbers` parses them before, and `conversion` rejects those that are not amounts.
"""

from __future__ import annotations

import polars as pl

from bandcamp_assets.contract import codes
from bandcamp_assets.contract.sale import AMOUNT_COLUMNS, MONEY
from bandcamp_assets.lake.numbers import EXACT


def with_rounded_amounts(typed: pl.DataFrame) -> pl.DataFrame:
    """Add each amount in the smallest unit of its currency; null if it is too large for `MONEY`.

    Args:
        typed: Rows with `currency`, and with `<name>_exact`, the delivered amount, for each amount.
    """
    return _to_whole_units(typed.with_columns(_to_cents(name) for name in AMOUNT_COLUMNS))


def rounded_rows(judged: pl.DataFrame, is_sale: pl.Series) -> pl.Series:
    """Find amounts of sales that differ from the delivered ones by more than float noise.

    Args:
        judged: The frame of `with_rounded_amounts`, with `source_row`.
        is_sale: Which of its rows are sales.

    Returns:
        The `source_row` of each such amount; a row with two of them is there twice.
    """
    found = [pl.Series(dtype=pl.Int64)]
    for name in AMOUNT_COLUMNS:
        exact, kept = judged[f"{name}_exact"], judged[name].cast(EXACT, strict=False)
        changed = is_sale & (exact != kept)
        exact, kept = exact.filter(changed), kept.filter(changed)
        apart = (exact - kept).abs().cast(pl.Float64)
        lost = apart > kept.cast(pl.Float64) * codes.FLOAT_NOISE
        found.append(judged["source_row"].filter(changed).filter(lost))
    return pl.concat(found)


def _to_cents(name: str) -> pl.Expr:
    """Round half up. A 32-bit float's noise (9.98999977 for 9.99) is far below half a cent."""
    return pl.col(f"{name}_exact").round(2, mode="half_away_from_zero").cast(MONEY, strict=False).alias(name)


def _to_whole_units(typed: pl.DataFrame) -> pl.DataFrame:
    """Round amounts to whole units if their currency has no cents. `amount_paid_usd` always has them."""
    rows = typed.select(pl.col("currency").is_in(codes.WHOLE_CURRENCIES)).to_series().arg_true()
    few = typed[rows]
    return typed.with_columns(
        typed[name].scatter(
            rows, few[f"{name}_exact"].round(0, mode="half_away_from_zero").cast(MONEY, strict=False)
        )
        for name in ("item_price", "amount_paid")
    )
