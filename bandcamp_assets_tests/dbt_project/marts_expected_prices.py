"""The marts of prices, worked out from single sales."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from bandcamp_assets_tests.dbt_project.marts_expected_numbers import (
    Row,
    groups,
    nearest_rank,
    pays_more,
    per,
    ratio,
    some,
    usd,
)

BANDS = {
    "under 1": Decimal(0),
    "1.00 to 1.99": Decimal(1),
    "2.00 to 4.99": Decimal(2),
    "5.00 to 6.99": Decimal(5),
    "7.00 to 9.99": Decimal(7),
    "10.00 to 14.99": Decimal(10),
    "15.00 to 19.99": Decimal(15),
    "20.00 to 29.99": Decimal(20),
    "30.00 to 49.99": Decimal(30),
    "50.00 to 99.99": Decimal(50),
    "100 and more": Decimal(100),
}
"""Each band of US dollars, and where it begins."""

BREAKDOWNS: dict[str, Callable[[Row], str]] = {
    "all": lambda _: "all",
    "price band": lambda row: price_band(row),
    "item type": lambda row: row["item_type_label"],
    "format": lambda row: row["item_format"],
    "country": lambda row: row["country"],
    "currency": lambda row: row["currency"],
}


def band(amount: Decimal | None) -> str:
    """The last band that begins at the amount or below."""
    if amount is None:
        return "unknown"
    return [name for name, begins in BANDS.items() if begins <= amount][-1]


def price_band(row: Row) -> str:
    """The band of what was asked."""
    return "free" if row["item_price"] == 0 else band(row["item_price_usd"])


def price_points(sales: Sequence[Row]) -> list[Row]:
    single = [row for row in sales if row["quantity"] == 1]
    found = []
    for currency, in_currency in groups(single, lambda row: row["currency"]).items():
        prices = groups(in_currency, lambda row: row["item_price"])
        for rank, price in enumerate(sorted(prices, key=lambda price: (-len(prices[price]), price)), start=1):
            figures = some(prices[price], "sales", "revenue_usd", "overpaid_usd", "overpaid_sales")
            found.append(
                {
                    "currency": currency,
                    "item_price": price,
                    **figures,
                    "overpaid_sales_share": ratio(figures["overpaid_sales"], figures["sales"]),
                    "sales_rank": rank,
                }
            )
    return found


def name_your_price_sales(sales: Sequence[Row]) -> list[Row]:
    free = [row for row in sales if row["item_price"] == 0 and row["amount_paid_usd"] is not None]
    kinds = groups(free, lambda row: row["item_type_label"])
    return [_free(kind, rows) for kind, rows in (kinds | ({"all": free} if free else {})).items()]


def _free(kind: str, rows: Sequence[Row]) -> Row:
    paid = [row["amount_paid_usd"] for row in rows if row["amount_paid"] > 0]
    return {
        "item_type_label": kind,
        "sales": len(rows),
        "paying_sales": len(paid),
        "paying_sales_share": ratio(len(paid), len(rows)),
        "revenue_usd": usd(rows),
        "paid_usd_average": per(usd(rows), len(paid)),
        "paid_usd_p10": nearest_rank(paid, 10),
        "paid_usd_p25": nearest_rank(paid, 25),
        "paid_usd_median": nearest_rank(paid, 50),
        "paid_usd_p75": nearest_rank(paid, 75),
        "paid_usd_p90": nearest_rank(paid, 90),
        "paid_usd_p99": nearest_rank(paid, 99),
        "paid_usd_max": max(paid, default=None),
    }


def overpayment(sales: Sequence[Row]) -> list[Row]:
    priced = [row for row in sales if row["item_price"] > 0 and row["amount_overpaid_usd"] is not None]
    return [
        {"breakdown": breakdown, "segment": segment, **_overpaid(rows)}
        for breakdown, part in BREAKDOWNS.items()
        for segment, rows in groups(priced, part).items()
    ]


def _overpaid(rows: Sequence[Row]) -> Row:
    more = [row for row in rows if pays_more(row)]
    above = [row["amount_overpaid_usd"] for row in more]
    times = [ratio(row["amount_paid"], row["item_price"]) for row in more]
    return {
        "sales": len(rows),
        "overpaid_sales": len(more),
        "overpaid_sales_share": ratio(len(more), len(rows)),
        "revenue_usd": usd(rows),
        "overpaid_usd": sum(above, Decimal()),
        "overpaid_revenue_share": ratio(sum(above, Decimal()), usd(rows)),
        "overpaid_usd_p25": nearest_rank(above, 25),
        "overpaid_usd_median": nearest_rank(above, 50),
        "overpaid_usd_p75": nearest_rank(above, 75),
        "overpaid_usd_p90": nearest_rank(above, 90),
        "overpaid_usd_p99": nearest_rank(above, 99),
        "paid_to_price_median": nearest_rank(times, 50),
        "paid_to_price_p90": nearest_rank(times, 90),
    }


def order_sizes(sales: Sequence[Row]) -> list[Row]:
    bands = groups(sales, lambda row: band(row["amount_paid_usd"]))
    up_to = 0
    found = []
    for name in [name for name in (*BANDS, "unknown") if name in bands]:
        up_to += len(bands[name])
        found.append(
            {
                "amount_band": name,
                "from_usd": BANDS.get(name),
                **some(bands[name], "sales", "items", "revenue_usd"),
                "sales_share": ratio(len(bands[name]), len(sales)),
                "cumulative_sales_share": ratio(up_to, len(sales)),
                "revenue_share": ratio(usd(bands[name]), usd(sales)),
            }
        )
    return found


def quantity_sales(sales: Sequence[Row]) -> list[Row]:
    return [
        {
            "quantity": quantity,
            **some(rows, "sales", "items", "revenue_usd", "overpaid_usd", "average_sale_usd", "physical_sales"),
            "average_item_usd": per(usd(rows), quantity * len(rows)),
        }
        for quantity, rows in groups(sales, lambda row: row["quantity"]).items()
    ]
