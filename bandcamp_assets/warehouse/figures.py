"""The figures by which the layers are compared."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class DayFigures:
    """What a layer holds of one day.

    Attributes:
        rows: Rows.
        amount_paid_usd: Exact sum of the delivered US dollars.
    """

    rows: int = 0
    amount_paid_usd: Decimal = Decimal("0.00")

    def __add__(self, other: DayFigures) -> DayFigures:
        return DayFigures(self.rows + other.rows, self.amount_paid_usd + other.amount_paid_usd)

    def __str__(self) -> str:
        return f"{self.rows:,} rows, {self.amount_paid_usd:,.2f} USD"
