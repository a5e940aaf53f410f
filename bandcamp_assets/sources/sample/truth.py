"""What a sample is known to hold, so that what the platform makes of it can be checked to the row and cent.

The truth is counted where the rows are made, never read back from the file. Where it is kept is the
concern of the caller.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bandcamp_assets.contract.rejection import RejectionReason


@dataclass(frozen=True)
class DayTruth:
    """One UTC day of a sample.

    Attributes:
        sales: Sales that survive: neither rejected nor duplicates.
        duplicates: Rows that repeat an earlier one.
        amount_paid_usd: Sum of the delivered amounts of the surviving sales, exact to the cent.
        sales_without_usd: Surviving sales whose `amount_paid_usd` is missing; not in the sum.
    """

    sales: int
    duplicates: int
    amount_paid_usd: Decimal
    sales_without_usd: int


@dataclass(frozen=True)
class SampleTruth:
    """A sample's contents.

    Attributes:
        rows: Records in the file; sales, duplicates and rejected rows together.
        seed: The seed it was made from.
        sales: Sales that survive.
        duplicates: Rows that repeat an earlier one.
        rejected: Rejected rows by reason; every reason is there.
        days: Each UTC day.
        oddities: Surviving sales by each planted oddity; see `oddities`.
    """

    rows: int
    seed: int
    sales: int
    duplicates: int
    rejected: dict[RejectionReason, int]
    days: dict[date, DayTruth]
    oddities: dict[str, int]

    def to_json(self) -> str:
        """As JSON; money as text, so that no cent is lost."""
        return json.dumps(
            {
                "rows": self.rows,
                "seed": self.seed,
                "sales": self.sales,
                "duplicates": self.duplicates,
                "rejected": {reason.value: count for reason, count in self.rejected.items()},
                "days": {day.isoformat(): _day_fields(truth) for day, truth in self.days.items()},
                "oddities": self.oddities,
            },
            indent=2,
        )

    @classmethod
    def from_json(cls, text: str) -> SampleTruth:
        """Read what `to_json` wrote."""
        fields = json.loads(text)
        return cls(
            rows=fields["rows"],
            seed=fields["seed"],
            sales=fields["sales"],
            duplicates=fields["duplicates"],
            rejected={RejectionReason(reason): count for reason, count in fields["rejected"].items()},
            days={date.fromisoformat(day): _day_truth(values) for day, values in fields["days"].items()},
            oddities=fields["oddities"],
        )


def _day_fields(truth: DayTruth) -> dict[str, int | str]:
    return {
        "sales": truth.sales,
        "duplicates": truth.duplicates,
        "amount_paid_usd": str(truth.amount_paid_usd),
        "sales_without_usd": truth.sales_without_usd,
    }


def _day_truth(fields: dict[str, int | str]) -> DayTruth:
    return DayTruth(
        sales=int(fields["sales"]),
        duplicates=int(fields["duplicates"]),
        amount_paid_usd=Decimal(fields["amount_paid_usd"]),
        sales_without_usd=int(fields["sales_without_usd"]),
    )
