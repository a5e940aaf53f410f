"""The expected counts of a sample, with which the platform's results can be checked to the row and cent.

They are counted while the rows are made, and never read back from the file. The caller stores them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bandcamp_assets.contract.rejection import RejectionReason


@dataclass(frozen=True)
class ExpectedDay:
    """One UTC day of a sample.

    Attributes:
        sales: Valid sales: neither rejected nor duplicates.
        duplicates: Rows that repeat an earlier one.
        amount_paid_usd: Sum of the delivered amounts of the valid sales, exact to the cent.
        sales_without_usd: Valid sales without `amount_paid_usd`, which are not in the sum.
    """

    sales: int
    duplicates: int
    amount_paid_usd: Decimal
    sales_without_usd: int


@dataclass(frozen=True)
class ExpectedCounts:
    """The expected counts of a sample.

    Attributes:
        rows: Records in the file: sales, duplicates and rejected rows.
        seed: The seed of the sample.
        sales: Valid sales.
        duplicates: Rows that repeat an earlier one.
        rejected: Rejected rows by reason; every reason occurs.
        days: The counts of each UTC day.
        dirt: Valid sales by kind of planted dirt (see `dirt`). In JSON the key is `oddities`.
    """

    rows: int
    seed: int
    sales: int
    duplicates: int
    rejected: dict[RejectionReason, int]
    days: dict[date, ExpectedDay]
    dirt: dict[str, int]

    def to_json(self) -> str:
        """Write as JSON, with money as text so that it stays exact."""
        return json.dumps(
            {
                "rows": self.rows,
                "seed": self.seed,
                "sales": self.sales,
                "duplicates": self.duplicates,
                "rejected": {reason.value: count for reason, count in self.rejected.items()},
                "days": {day.isoformat(): _day_fields(expected) for day, expected in self.days.items()},
                "oddities": self.dirt,
            },
            indent=2,
        )

    @classmethod
    def from_json(cls, text: str) -> ExpectedCounts:
        """Read what `to_json` wrote."""
        fields = json.loads(text)
        return cls(
            rows=fields["rows"],
            seed=fields["seed"],
            sales=fields["sales"],
            duplicates=fields["duplicates"],
            rejected={RejectionReason(reason): count for reason, count in fields["rejected"].items()},
            days={date.fromisoformat(day): _expected_day(values) for day, values in fields["days"].items()},
            dirt=fields["oddities"],
        )


def _day_fields(expected: ExpectedDay) -> dict[str, int | str]:
    return {
        "sales": expected.sales,
        "duplicates": expected.duplicates,
        "amount_paid_usd": str(expected.amount_paid_usd),
        "sales_without_usd": expected.sales_without_usd,
    }


def _expected_day(fields: dict[str, int | str]) -> ExpectedDay:
    return ExpectedDay(
        sales=int(fields["sales"]),
        duplicates=int(fields["duplicates"]),
        amount_paid_usd=Decimal(fields["amount_paid_usd"]),
        sales_without_usd=int(fields["sales_without_usd"]),
    )
