"""What the page shows: its filters, figures, sections and cards, in their order. Pure data."""

from __future__ import annotations

from dataclasses import dataclass, field

FILTERS = (
    ("from", "From (UTC)"),
    ("to", "To (UTC)"),
    ("country", "Country"),
    ("item_type_label", "Kind"),
    ("item_format", "Format"),
    ("currency", "Currency"),
    ("price_band", "Asking price, USD"),
)
"""Id and label of each filter; `static/filter.js` knows them by the same ids."""

FIGURES = (
    ("revenue", "Paid"),
    ("sales", "Sales"),
    ("items", "Items"),
    ("average", "Average sale"),
    ("overpaid", "Paid beyond asking prices"),
    ("overpaid-share", "… of what is paid"),
    ("paid-more", "Sales that paid more"),
    ("free", "Name your price"),
)
"""Id and label of each headline figure."""


@dataclass(frozen=True)
class Card:
    """One card.

    Attributes:
        id: Of the element, the chart and the CSV file.
        title: What people read.
        note: What is to be known about it.
        width: `half`, `third`, `two-thirds` or empty for all of the width.
        keys: Colours and what they mean.
        has_chart: False for a table alone.
        chooses: Whether its marks and rows filter the page.
    """

    id: str
    title: str
    note: str
    width: str = ""
    keys: tuple[tuple[str, str], ...] = ()
    has_chart: bool = True
    chooses: bool = False


@dataclass(frozen=True)
class Section:
    """Cards under one heading."""

    title: str
    cards: tuple[Card, ...]


@dataclass(frozen=True)
class MartTable:
    """A mart shown as it stands, for what filters cannot touch.

    Attributes:
        mart: Its name.
        columns: Its columns, each with title and format (see `static/text.js`).
        where: A column and the value that its rows must have; empty for all rows.
    """

    mart: str
    columns: tuple[tuple[str, str, str], ...]
    where: tuple[str, str] = field(default=("", ""))


_WHOLE = "Of all sales; filters do not change it."

SECTIONS = (
    Section(
        "When",
        (
            Card(
                "days",
                "Sales over time",
                "Click a bar to see that time alone.",
                keys=(
                    ("accent", "while Bandcamp waived its share (Bandcamp Friday, US Pacific time)"),
                    ("bar", "otherwise"),
                ),
                chooses=True,
            ),
            Card("hours", "The week by hour (UTC)", f"US dollars an hour, on average. {_WHOLE}", "half"),
            Card(
                "fridays",
                "What a Bandcamp Friday brings",
                f"Against the average of other days in the four weeks around, over the same hours. {_WHOLE}",
                "half",
                has_chart=False,
            ),
        ),
    ),
    Section(
        "Where",
        (
            Card("map", "Where buyers are", "Stronger colours: more (logarithmic).", "two-thirds", chooses=True),
            Card("countries", "Top countries", "The 15 highest; all of them in the table.", "third", chooses=True),
        ),
    ),
    Section(
        "What",
        (
            Card("kinds", "Kind of item", "", "third", chooses=True),
            Card("formats", "Format", "Read from descriptions.", "third", chooses=True),
            Card("currencies", "Currency of the seller", "In US dollars.", "third", chooses=True),
        ),
    ),
    Section(
        "For how much, and how much more",
        (
            Card(
                "prices",
                "Price against paid",
                "Averages in US dollars by asking price.",
                "half",
                keys=(("muted", "asked"), ("bar", "paid")),
                chooses=True,
            ),
            Card(
                "overpaying",
                "Who pays more",
                "Share of the sales with a price that paid more than asked.",
                "half",
                chooses=True,
            ),
            Card(
                "medians",
                "Paid above the price: medians and quantiles",
                f"US dollars, of the sales that paid more, by kind of item. {_WHOLE}",
                "half",
                has_chart=False,
            ),
            Card(
                "free", "Name your price", f"What is paid when nothing is asked. {_WHOLE}", "half", has_chart=False
            ),
        ),
    ),
    Section(
        "Who",
        (
            Card("artists", "Top artists", "The 15 highest.", "half"),
            Card(
                "concentration",
                "How evenly incomes are spread",
                f"By artist name, before fees. {_WHOLE}",
                "half",
                keys=(("bar", "Lorenz curve"), ("muted", "equal shares")),
            ),
            Card("gini", "Concentration in numbers", _WHOLE, "half", has_chart=False),
            Card(
                "sellers", "Labels and own domains", f"By the host that sells. {_WHOLE}", "half", has_chart=False
            ),
        ),
    ),
    Section(
        "Does it work for those who sell?",
        (
            Card(
                "business",
                "Where the money goes",
                "An estimate under published terms, nothing for Bandcamp on its Fridays. Change the assumptions.",
                keys=(("bar", "sellers"), ("muted", "payment fees"), ("accent", "Bandcamp")),
            ),
        ),
    ),
    Section(
        "Against published figures",
        (
            Card(
                "published",
                "The archive of 2020, as others counted it",
                "Applies only where the published archive is loaded.",
                has_chart=False,
            ),
        ),
    ),
)

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
            ("overpaid_usd_p25", "quarter", "usd"),
            ("overpaid_usd_median", "median", "usd"),
            ("overpaid_usd_p75", "three quarters", "usd"),
            ("overpaid_usd_p90", "90 %", "usd"),
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
            ("paid_usd_p25", "quarter", "usd"),
            ("paid_usd_median", "median", "usd"),
            ("paid_usd_p75", "three quarters", "usd"),
            ("revenue_usd", "paid, USD", "usd"),
        ),
    ),
    "gini": MartTable(
        "income_concentration",
        (
            ("population", "of", "text"),
            ("earners", "number", "count"),
            ("gini", "Gini", "decimal"),
            ("top_1_percent_share", "top 1 %", "share"),
            ("top_2_percent_share", "top 2 %", "share"),
            ("top_5_percent_share", "top 5 %", "share"),
            ("top_10_percent_share", "top 10 %", "share"),
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
            ("difference", "difference", "decimal"),
            ("verdict", "verdict", "text"),
            ("note", "note", "text"),
        ),
    ),
}
"""The cards that are tables of marts."""

MARTS = (
    "dashboard_sales",
    "dashboard_artists",
    "business_model",
    "country_sales",
    "daily_sales",
    "hour_of_week_sales",
    "income_lorenz",
    *dict.fromkeys(table.mart for table in TABLES.values()),
)
"""Every mart that the page is made from. The exposure in dbt names the same (a test compares them)."""
