"""The content of the page: filters, figures, sections and cards, in their order. Pure data."""

from __future__ import annotations

from dataclasses import dataclass

FILTERS = (
    ("from", "From (UTC)"),
    ("to", "To (UTC)"),
    ("country", "Country"),
    ("item_type_label", "Kind"),
    ("item_format", "Format"),
    ("currency", "Currency"),
    ("price_band", "Asking price, USD"),
)
"""Id and label of each filter. `static/filter.js` uses the same ids."""

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
        id: The id of the element, the chart and the CSV file.
        title: The title for people.
        note: A note for people.
        width: `half`, `third`, `two-thirds` or empty for the full width.
        keys: Colours and their meanings.
        has_chart: False for a card with only a table.
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


_WHOLE = "Of all sales; filters do not change it."

SECTIONS = (
    Section(
        "When",
        (
            Card(
                "days",
                "Sales over time",
                "Click a bar to see only that time.",
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
                "An estimate under published terms: a share of the first 100 USD of each sale, nothing on "
                "Bandcamp Fridays. Change the assumptions.",
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
                "Equals by their rule: ours differs, but counted as they did it is theirs. Applies only where the "
                "published archive is loaded.",
                has_chart=False,
            ),
        ),
    ),
)
