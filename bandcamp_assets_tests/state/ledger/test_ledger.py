"""The ledger holds only if every layer agrees, and it names the days that do not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from bandcamp_assets.state.ledger.ledger import LAYERS, Ledger
from bandcamp_assets.storage.warehouse import DayFigures

DAY = date(2020, 9, 9)
SALES = DayFigures(3, Decimal("29.97"))
DUPLICATES = DayFigures(1, Decimal("9.99"))

GOOD = Ledger(
    raw_rows=6,
    rejected={"bad_amount": 2},
    rejected_measured=2,
    layers={
        name: {DAY: {"staged": SALES + DUPLICATES, "duplicates": DUPLICATES}.get(name, SALES)} for name in LAYERS
    },
)


def test_a_ledger_in_which_every_row_is_accounted_for_holds():
    assert GOOD.holds
    assert GOOD.table().select("sale_date", "staged_rows", "fct_sales_usd", "agrees").rows() == [
        (DAY, 4, Decimal("29.97"), True)
    ]


def test_the_estimated_part_of_the_fact_is_named_and_part_of_its_sum():
    fact = replace(SALES, estimated_rows=1, estimated_usd=Decimal("0.03"))
    ledger = replace(GOOD, layers={**GOOD.layers, "fct_sales": {DAY: fact}})

    assert ledger.holds
    columns = ("sales_usd", "fct_sales_delivered_usd", "fct_sales_estimated_usd", "fct_sales_usd")
    assert ledger.table().select(columns).rows() == [tuple(map(Decimal, ("29.97", "29.97", "0.03", "30.00")))]


def test_the_table_has_a_row_for_each_day_that_any_layer_has_and_exact_columns():
    later = date(2020, 9, 10)
    ledger = replace(GOOD, layers={**GOOD.layers, "staged": {**GOOD.layers["staged"], later: SALES}})

    table = ledger.table()

    money = pl.Decimal(24, 2)
    assert dict(table.schema) == {
        "sale_date": pl.Date(),
        "agrees": pl.Boolean(),
        **{f"{name}_{figure}": kind for name in LAYERS for figure, kind in (("rows", pl.Int64()), ("usd", money))},
        "fct_sales_delivered_usd": money,
        "fct_sales_estimated_usd": money,
    }
    assert table.select("sale_date", "agrees", "staged_rows", "sales_rows", "sales_usd").rows() == [
        (DAY, True, 4, 3, Decimal("29.97")),
        (later, False, 3, 0, Decimal(0)),
    ]
    assert replace(GOOD, layers={name: {} for name in LAYERS}).table().schema == table.schema


@pytest.mark.parametrize("layer", LAYERS)
def test_a_lost_row_or_cent_in_any_layer_is_seen(layer: str):
    figures = GOOD.layers[layer][DAY]
    for wrong in (
        replace(figures, rows=figures.rows - 1),
        replace(figures, amount_paid_usd=figures.amount_paid_usd + Decimal("0.01")),
    ):
        ledger = replace(GOOD, layers={**GOOD.layers, layer: {DAY: wrong}})

        assert not ledger.holds
        assert not ledger.agrees(DAY)


def test_a_raw_row_that_went_nowhere_is_seen():
    assert not replace(GOOD, raw_rows=7).holds
