"""The marts of the page, and those that it shows as tables, as filters cannot change them. Pure data."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class MartTable:
    """A mart that is shown unchanged, as filters cannot change it.

    Attributes:
        mart: Its name.
        columns: Its columns, each with title and format (see `static/text.js`).
        where: A column and the value of the rows to show; empty for all rows.
    """

    mart: str
    columns: tuple[tuple[str, str, str], ...]
    where: tuple[str, str] = field(default=("", ""))


TABLES = {
    "fridays": MartTable(
        "bandcamp_friday_effect",
        (
            ("pacific_date", "Bandcamp Friday", "text"),
            ("baseline", "against", "text"),
            ("hours_compared", "hours", "count"),
            ("revenue_usd", "paid, USD", "usd"),
            ("average_revenue_usd", "average day, USD", "usd"),
            ("revenue_ratio", "ratio", "ratio"),
        ),
    ),
    "medians": MartTable(
        "overpayment",
        (
            ("segment", "kind", "text"),
            ("overpaid_sales_share", "paid more", "share"),
            ("overpaid_usd_p25", "lower quartile", "usd"),
            ("overpaid_usd_median", "median", "usd"),
            ("overpaid_usd_p75", "upper quartile", "usd"),
            ("overpaid_usd_p90", "90th percentile", "usd"),
            ("paid_to_price_median", "paid / price", "ratio"),
        ),
        ("breakdown", "item type"),
    ),
    "free": MartTable(
        "name_your_price_sales",
        (
            ("item_type_label", "kind", "text"),
            ("sales", "sales", "count"),
            ("paying_sales_share", "pay something", "share"),
            ("paid_usd_p25", "lower quartile", "usd"),
            ("paid_usd_median", "median", "usd"),
            ("paid_usd_p75", "upper quartile", "usd"),
            ("revenue_usd", "paid, USD", "usd"),
        ),
    ),
    "gini": MartTable(
        "income_concentration",
        (
            ("population", "of", "text"),
            ("earners", "number", "count"),
            ("gini", "Gini", "decimal"),
            ("top_1_percent_share", "top 1%", "share"),
            ("top_2_percent_share", "top 2%", "share"),
            ("top_5_percent_share", "top 5%", "share"),
            ("top_10_percent_share", "top 10%", "share"),
        ),
    ),
    "sellers": MartTable(
        "seller_kind_sales",
        (
            ("seller_kind", "seller", "text"),
            ("has_own_domain", "own domain", "text"),
            ("sellers", "number", "count"),
            ("revenue_usd", "paid, USD", "usd"),
            ("revenue_share", "share", "share"),
            ("revenue_usd_per_seller", "each, USD", "usd"),
        ),
    ),
    "published": MartTable(
        "published_comparison",
        (
            ("meaning", "figure", "text"),
            ("published_value", "published", "decimal"),
            ("our_value", "here", "decimal"),
            ("value_by_their_rule", "here, by their rule", "decimal"),
            ("verdict", "verdict", "text"),
            ("rule", "their rule", "text"),
            ("source", "source", "text"),
            ("place", "where in it", "text"),
        ),
    ),
}
"""The cards that show marts as tables."""

MARTS = (
    "dashboard_sales",
    "dashboard_artists",
    "dashboard_names",
    "business_model",
    "country_sales",
    "daily_sales",
    "hour_of_week_sales",
    "income_lorenz",
    "pacific_hour_sales",
    *dict.fromkeys(table.mart for table in TABLES.values()),
)
"""Every mart of the page. dbt's exposure names the same (a test compares them)."""
