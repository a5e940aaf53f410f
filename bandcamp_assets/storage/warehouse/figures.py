"""The figures by which layers are compared, and the estimated amounts that only the fact has."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True)
class DayFigures:
    """What a layer holds of one day. Only rows and delivered dollars are compared: other layers have no estimates.

    Attributes:
        rows: Rows.
        amount_paid_usd: Exact sum of the delivered US dollars.
        estimated_rows: Rows that were delivered without US dollars, so dbt estimated them. Only in `fct_sales`.
        estimated_usd: Exact sum of the estimates.
    """

    rows: int = 0
    amount_paid_usd: Decimal = Decimal("0.00")
    estimated_rows: int = field(default=0, compare=False)
    estimated_usd: Decimal = field(default=Decimal("0.00"), compare=False)

    @property
    def total_usd(self) -> Decimal:
        """Delivered and estimated US dollars: the sum of the column `amount_paid_usd` in the layer's table."""
        return self.amount_paid_usd + self.estimated_usd

    def __add__(self, other: DayFigures) -> DayFigures:
        return DayFigures(
            self.rows + other.rows,
            self.amount_paid_usd + other.amount_paid_usd,
            self.estimated_rows + other.estimated_rows,
            self.estimated_usd + other.estimated_usd,
        )

    def __str__(self) -> str:
        delivered = f"{self.rows:,} rows, {self.amount_paid_usd:,.2f} USD delivered"
        return f"{delivered}, {self.estimated_usd:,.2f} USD estimated" if self.estimated_rows else delivered
