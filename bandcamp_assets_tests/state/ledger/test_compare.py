"""Figures are equal only if rows and cents are, on every day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from bandcamp_assets.state.ledger.compare import Difference, add, differences, superseded, total
from bandcamp_assets.storage.warehouse import DayFigures

ONE, TWO = date(2020, 9, 9), date(2020, 9, 10)


def figures(rows: int, usd: str) -> DayFigures:
    return DayFigures(rows, Decimal(usd))


def test_equal_layers_have_no_difference_and_a_missing_day_counts_as_empty():
    assert differences({ONE: figures(2, "1.10"), TWO: figures(0, "0.00")}, {ONE: figures(2, "1.10")}) == []


def test_a_cent_a_row_and_a_day_too_many_are_found():
    expected = {ONE: figures(2, "1.10"), TWO: figures(1, "5.00")}

    assert differences(expected, {ONE: figures(2, "1.11"), TWO: figures(1, "5.00")}) == [
        Difference(ONE, figures(2, "1.10"), figures(2, "1.11"))
    ]
    assert [one.day for one in differences(expected, {ONE: figures(3, "1.10")})] == [ONE, TWO]


def test_a_day_that_only_one_side_has_is_a_difference():
    held, nothing = {ONE: figures(2, "1.10")}, DayFigures()

    assert differences(held, {}) == [Difference(ONE, held[ONE], nothing)]
    assert differences({}, held) == [Difference(ONE, nothing, held[ONE])]
    assert differences({ONE: nothing}, {}) == differences({}, {ONE: nothing}) == []


def test_layers_are_added_by_day_whichever_has_the_day():
    one, other = {ONE: figures(1, "0.10")}, {ONE: figures(2, "0.20"), TWO: figures(1, "1.00")}

    added = add(one, other)

    assert added == {ONE: figures(3, "0.30"), TWO: figures(1, "1.00")} == add(other, one)
    assert total(added) == figures(4, "1.30")


def test_a_day_is_superseded_if_its_input_was_replaced_or_is_being_changed():
    made_from = {ONE: "same", TWO: "old", date(2020, 9, 11): "gone"}

    assert superseded(made_from, {ONE: "same", TWO: "new"}) == {TWO, date(2020, 9, 11)}


def test_estimates_are_added_up_and_never_compared():
    fact = DayFigures(2, Decimal("5.00"), 1, Decimal("1.25"))

    assert differences({ONE: figures(2, "5.00")}, {ONE: fact}) == []
    assert str(total({ONE: fact, TWO: fact})) == "4 rows, 10.00 USD delivered, 2.50 USD estimated"
    assert total({ONE: fact, TWO: fact}).total_usd == Decimal("12.50")
