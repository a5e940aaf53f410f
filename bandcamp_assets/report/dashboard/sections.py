"""The sections of the page and their cards, in their order. Pure data; `cards` says what a card is."""

from __future__ import annotations

from bandcamp_assets.report.dashboard.cards import Card, Section

SECTIONS = (
    Section(
        "when",
        "When",
        (
            Card(
                "days",
                "Sales over time",
                "dashboard_sales",
                "Click a bar to see only that time, or drag over several.",
                keys=(
                    ("accent", "while Bandcamp waived its share (Bandcamp Friday, US Pacific time)"),
                    ("bar", "otherwise"),
                ),
                chooses=True,
            ),
            Card(
                "hours",
                "The week by hour (UTC)",
                "hour_of_week_sales",
                "US dollars an hour, on average.",
                "half",
                has_scale=True,
            ),
            Card(
                "fridays",
                "What a Bandcamp Friday brings",
                "bandcamp_friday_effect",
                "Against the average of other days in the four weeks around, over the same hours.",
                "half",
                is_open=True,
            ),
        ),
    ),
    Section(
        "where",
        "Where",
        (
            Card(
                "map",
                "Where buyers are",
                "country_sales",
                "The stronger, the more (logarithmic). A click shows only that country, with Shift one more.",
                "two-thirds",
                has_scale=True,
                chooses=True,
            ),
            Card(
                "countries",
                "Top countries",
                "country_sales",
                "The 15 highest; all of them in the table.",
                "third",
                chooses=True,
            ),
        ),
    ),
    Section(
        "what",
        "What",
        (
            Card(
                "kinds",
                "Kind of item",
                "item_type_sales",
                "Blue is digital, violet is shipped.",
                "third",
                chooses=True,
            ),
            Card("formats", "Format", "format_sales", "Read from descriptions.", "third", chooses=True),
            Card(
                "currencies",
                "Currency of the seller",
                "currency_sales",
                "The 7 highest; all of them in the table.",
                "third",
                chooses=True,
            ),
        ),
    ),
    Section(
        "prices-paid",
        "For how much, and how much more",
        (
            Card(
                "prices",
                "Price against paid",
                "dashboard_sales",
                "Averages in US dollars by asking price.",
                "half",
                keys=(("muted", "asked"), ("bar", "paid")),
                chooses=True,
            ),
            Card(
                "overpaying",
                "Who pays more",
                "dashboard_sales",
                "Share of the sales with a price that paid more than asked.",
                "half",
                chooses=True,
            ),
            Card(
                "medians",
                "Paid above the price: median and quartiles",
                "overpayment",
                "US dollars, of the sales that paid more, by kind of item.",
                "half",
                has_chart=False,
            ),
            Card(
                "free",
                "Name your price",
                "name_your_price_sales",
                "What is paid when nothing is asked.",
                "half",
                has_chart=False,
            ),
        ),
    ),
    Section(
        "who",
        "Who",
        (
            Card("artists", "Top artists", "dashboard_artists", "", "half", chooses=True),
            Card(
                "labels",
                "Top labels",
                "dashboard_names",
                "The 10 highest, by the address that sells.",
                "half",
                chooses=True,
            ),
            Card(
                "concentration",
                "How evenly incomes are spread",
                "income_lorenz",
                "By artist name, before fees.",
                "half tall",
                keys=(("bar", "the share that they take"), ("muted", "if all took the same")),
            ),
            Card("gini", "Concentration in numbers", "income_concentration", "", "half", has_chart=False),
            Card(
                "sellers",
                "Labels and own domains",
                "seller_kind_sales",
                "By the host that sells; a label sells for three artists or more.",
                "half",
                has_chart=False,
            ),
        ),
    ),
    Section(
        "sellers-part",
        "Does it work for those who sell?",
        (
            Card(
                "business",
                "Where the money goes",
                "business_model",
                "An estimate under published terms: a share of the first 100 USD of each sale, nothing on "
                "Bandcamp Fridays. Change the assumptions.",
                keys=(("bar", "sellers"), ("muted", "payment fees"), ("bandcamp", "Bandcamp")),
            ),
        ),
    ),
)

PUBLISHED = Card(
    "published",
    "The archive of 2020, as others counted it",
    "published_comparison",
    "Equals by their rule: ours differs, but counted as they did it is theirs.",
    has_chart=False,
)
"""Stands with the checks at the foot, where the published archive is loaded."""
