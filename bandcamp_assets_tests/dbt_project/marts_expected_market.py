"""The marts of the market, worked out from single sales."""

from __future__ import annotations

from collections.abc import Sequence

from bandcamp_assets_tests.dbt_project.marts_expected_numbers import (
    NOTHING,
    Row,
    different,
    figures,
    groups,
    ratio,
    some,
    usd,
)
from bandcamp_assets_tests.dbt_project.marts_expected_seeds import COUNTRIES


def ranked(rows: Sequence[Row], by: str) -> list[Row]:
    """The rows with their rank by revenue, ties by name; no name comes before all names."""
    order = sorted(rows, key=lambda row: (-row["revenue_usd"], row[by] or ""))
    return [row | {"revenue_rank": rank} for rank, row in enumerate(order, start=1)]


def country_sales(sales: Sequence[Row]) -> list[Row]:
    unknown = dict.fromkeys(("alpha_2", "alpha_3", "numeric_code"), "")
    rows = [
        {
            "country": country,
            "country_code": COUNTRIES.get(country, unknown)["alpha_2"] or None,
            "country_code_alpha_3": COUNTRIES.get(country, unknown)["alpha_3"] or None,
            "country_code_numeric": COUNTRIES.get(country, unknown)["numeric_code"] or None,
            **figures(rows),
            "artists": different(rows, "artist_name"),
        }
        for country, rows in groups(sales, lambda row: row["country"]).items()
    ]
    return ranked(rows, by="country")


def currency_sales(sales: Sequence[Row]) -> list[Row]:
    return [
        {
            "currency": currency,
            **some(rows, "sales", "items", "revenue_usd", "asking_usd", "overpaid_usd", "average_sale_usd"),
            **some(rows, "overpaid_sales", "name_your_price_sales"),
            "amount_paid": sum((row["amount_paid"] for row in rows), NOTHING),
            "revenue_share": ratio(usd(rows), usd(sales)),
            "countries": different(rows, "country"),
            "estimated_sales": sum(row["amount_paid_usd_is_estimated"] for row in rows),
        }
        for currency, rows in groups(sales, lambda row: row["currency"]).items()
    ]


def format_sales(sales: Sequence[Row]) -> list[Row]:
    return [
        {
            "item_format": item_format,
            "is_physical": item_format != "digital",
            **some(rows, "sales", "items", "revenue_usd", "asking_usd", "overpaid_usd", "average_sale_usd"),
            **some(rows, "overpaid_sales", "name_your_price_sales"),
            "sales_share": ratio(len(rows), len(sales)),
            "revenue_share": ratio(usd(rows), usd(sales)),
        }
        for item_format, rows in groups(sales, lambda row: row["item_format"]).items()
    ]


def item_type_sales(sales: Sequence[Row]) -> list[Row]:
    return [
        {
            "item_type_label": label,
            "item_type": rows[0]["item_type"],
            "is_physical": rows[0]["item_type"] == "p",
            **figures(rows),
        }
        for label, rows in groups(sales, lambda row: row["item_type_label"]).items()
    ]
