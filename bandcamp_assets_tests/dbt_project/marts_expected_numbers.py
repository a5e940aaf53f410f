"""Exact numbers for checking the marts: fractions inside, halves rounded up, no float."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl

from bandcamp_assets_tests.dbt_project.comparison import KEYS

Row = dict[str, Any]
Number = int | Decimal | Fraction
NOTHING = Decimal("0.00")


def decimals(*numbers: str) -> list[Decimal]:
    """Numbers as written."""
    return [Decimal(number) for number in numbers]


def half_up(value: Number, decimals: int) -> Decimal:
    """A number to so many decimals, halves upwards."""
    return Decimal(math.floor(Fraction(value) * 10**decimals + Fraction(1, 2))).scaleb(-decimals)


def ratio(part: Number, whole: Number, decimals: int = 6) -> Decimal | None:
    """One by the other, to 6 decimals; nothing where the whole is zero."""
    return half_up(Fraction(part) / Fraction(whole), decimals) if whole else None


def per(amount: Number, number: int) -> Decimal | None:
    """An amount by a number, in whole cents."""
    return ratio(amount, number, 2)


def usd(rows: Iterable[Row], column: str = "amount_paid_usd") -> Decimal:
    """The sum of an amount; amounts that are not known add nothing."""
    return sum((row[column] for row in rows if row[column] is not None), NOTHING)


def first_dollars(rows: Iterable[Row]) -> Decimal:
    """What a share with a limit is taken of: of each sale no more than the first 100 US dollars."""
    return usd(
        {"amount_paid_usd": min(paid, Decimal(100))}
        for row in rows
        if (paid := row["amount_paid_usd"]) is not None
    )


def nearest_rank(values: Sequence[Decimal], percent: int) -> Decimal | None:
    """The smallest of the values that so many percent of them do not exceed."""
    return sorted(values)[math.ceil(Fraction(percent * len(values), 100)) - 1] if values else None


def groups(rows: Iterable[Any], key: Callable[[Any], Any]) -> dict[Any, list[Any]]:
    """Rows by what they share."""
    found: dict[Any, list[Any]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return found


def different(rows: Iterable[Row], column: str) -> int:
    """How many different values a column has, those left out not counted."""
    return len({row[column] for row in rows} - {None})


def pays_more(row: Row) -> bool:
    """Whether a sale paid more than asked, in its own currency."""
    return bool(row["amount_paid"] > row["item_price"])


def figures(rows: Sequence[Row]) -> Row:
    """What most marts say of a group of sales."""
    shipped = [row for row in rows if row["is_physical"]]
    return {
        "sales": len(rows),
        "items": sum(row["quantity"] for row in rows),
        "revenue_usd": usd(rows),
        "asking_usd": usd(rows, "item_price_usd"),
        "overpaid_usd": usd(rows, "amount_overpaid_usd"),
        "average_sale_usd": per(usd(rows), len(rows)),
        "physical_sales": len(shipped),
        "physical_revenue_usd": usd(shipped),
        "overpaid_sales": sum(pays_more(row) for row in rows),
        "name_your_price_sales": sum(row["item_price"] == 0 for row in rows),
    }


def some(rows: Sequence[Row], *names: str) -> Row:
    """Some of the figures."""
    found = figures(rows)
    return {name: found[name] for name in names}


def difference(mart: str, expected: Sequence[Row], made: pl.DataFrame) -> str | None:
    """The first key and column in which a mart is not as expected; floats are never right."""
    floats = [name for name, dtype in made.schema.items() if dtype.is_float()]
    if floats:
        return f"{mart}: {floats} are floats"
    wanted, found = _by_key(mart, expected), _by_key(mart, made.to_dicts())
    for key in sorted(wanted.keys() | found.keys(), key=repr):
        if key not in wanted or key not in found:
            return f"{mart}: {key} is {'missing' if key in wanted else 'not expected'}"
        want, have = wanted[key], found[key]
        if want.keys() != have.keys():
            return f"{mart}: columns {sorted(want.keys() ^ have.keys())} are on one side only"
        for column, value in want.items():
            if value != have[column]:
                return f"{mart}: {key}, column {column}: expected {value!r}, is {have[column]!r}"
    return None


def _by_key(mart: str, rows: Sequence[Row]) -> dict[tuple[Any, ...], Row]:
    assert mart in KEYS, f"KEYS in comparison.py needs the key columns of {mart}"
    by_key = {tuple(row[column] for column in KEYS[mart]): row for row in rows}
    assert len(by_key) == len(rows), f"{mart} holds a key twice"
    return by_key
