"""The marts of the business and what others published, worked out from single sales."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import product

from bandcamp_assets_tests.dbt_project.marts_expected_artists import host
from bandcamp_assets_tests.dbt_project.marts_expected_numbers import (
    NOTHING,
    Row,
    first_dollars,
    groups,
    half_up,
    per,
    ratio,
    usd,
)
from bandcamp_assets_tests.dbt_project.marts_expected_seeds import known_to_be_waived

DIGITAL, DIGITAL_REDUCED, PHYSICAL = Decimal("0.15"), Decimal("0.10"), Decimal("0.10")
REDUCED_FROM = 5000
FEE, FEES = Decimal("0.055"), (Decimal("0.04"), Decimal("0.055"), Decimal("0.07"))
PAYOUTS = (Decimal(2), Decimal(3), Decimal(4), Decimal(5), Decimal(10))


def business_model(sales: Sequence[Row]) -> list[Row]:
    found = []
    kinds = groups(sales, lambda row: (row["item_type_label"], known_to_be_waived(row)))
    for (label, waived), rows in kinds.items():
        is_physical = rows[0]["item_type"] == "p"
        rate = Decimal(0) if waived else PHYSICAL if is_physical else DIGITAL
        revenue, charged = usd(rows), NOTHING if waived else first_dollars(rows)
        bandcamp, fees = half_up(charged * rate, 2), half_up(revenue * FEE, 2)
        found.append(
            {
                "item_type_label": label,
                "is_physical": is_physical,
                "is_bandcamp_friday": waived,
                "sales": len(rows),
                "revenue_usd": revenue,
                "charged_usd": charged,
                "bandcamp_share_rate": rate,
                "payment_fee_rate": FEE,
                "bandcamp_usd": bandcamp,
                "payment_fees_usd": fees,
                "seller_usd": revenue - bandcamp - fees,
                "seller_share": ratio(revenue - bandcamp - fees, revenue),
            }
        )
    return found


def business_model_sensitivity(sales: Sequence[Row]) -> list[Row]:
    hosts = groups(sales, host)
    past_the_limit = {name for name, rows in hosts.items() if name is not None and usd(rows) >= REDUCED_FROM}
    reduced = {
        "full share for all": set(),
        "reduced share for sellers past the limit": past_the_limit,
        "reduced share for all": set(hosts),
    }
    days: dict[str, tuple[bool | None, ...]] = {
        "none": (),
        "Bandcamp Fridays": (True,),
        "Bandcamp Fridays and Fridays not known": (True, None),
    }
    revenue = usd(sales)
    found = []
    for (terms, names), (waived_days, waived), limited in product(reduced.items(), days.items(), (True, False)):
        charged = [row for row in sales if known_to_be_waived(row) not in waived]
        bandcamp = _bandcamp_usd(charged, names, limited=limited)
        for fee in FEES:
            left = revenue - bandcamp - half_up(revenue * fee, 2)
            found.append(
                {
                    "digital_terms": terms,
                    "waived_days": waived_days,
                    "has_share_limit": limited,
                    "payment_fee_rate": fee,
                    "revenue_usd": revenue,
                    "bandcamp_usd": bandcamp,
                    "payment_fees_usd": half_up(revenue * fee, 2),
                    "seller_usd": left,
                    "bandcamp_share": ratio(bandcamp, revenue),
                    "seller_share": ratio(left, revenue),
                }
            )
    return found


def _bandcamp_usd(charged: Sequence[Row], reduced: set[str | None], *, limited: bool) -> Decimal:
    """Bandcamp's share of each part that has a rate of its own, each in whole cents."""
    parts = groups(charged, lambda row: "physical" if row["is_physical"] else host(row) in reduced)
    rates = {"physical": PHYSICAL, True: DIGITAL_REDUCED, False: DIGITAL}
    amount = first_dollars if limited else usd
    return sum((half_up(amount(rows) * rates[part], 2) for part, rows in parts.items()), Decimal())


def streaming_comparison(sales: Sequence[Row]) -> list[Row]:
    model = business_model(sales)
    kinds = {**groups(model, lambda row: row["item_type_label"]), "all": model}
    found = []
    for (kind, rows), payout in product(kinds.items(), PAYOUTS):
        left, number = usd(rows, "seller_usd"), sum(row["sales"] for row in rows)
        found.append(
            {
                "item_type_label": kind,
                "payout_usd_per_1000_streams": payout,
                "sales": number,
                "seller_usd": left,
                "seller_usd_per_sale": per(left, number),
                "streams_per_sale": ratio(left * 1000, number * payout),
            }
        )
    return found
