"""The filters and figures of the page, and what a card and a section are. Pure data; `sections` has the cards."""

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
    ("revenue", "Paid", "", ""),
    ("sales", "Sales", "items", "items"),
    ("average", "Average sale", "", ""),
    ("overpaid", "Paid beyond asking prices", "overpaid-share", "of what is paid"),
    ("paid-more", "Sales that paid more", "", ""),
    ("free", "No asking price", "", ""),
)
"""Id and label of each headline figure, and of the smaller figure below it, if there is one."""


@dataclass(frozen=True)
class Card:
    """One card.

    Attributes:
        id: The id of the element, the chart and the CSV file.
        title: The title for people.
        mart: The table that its figures are of.
        note: A note for people.
        width: `half`, `third`, `two-thirds` or empty for the full width; `half tall` stands beside two halves.
        keys: Colours and their meanings.
        has_chart: False for a card with only a table.
        has_scale: Whether a scale of colours says what they stand for.
        is_open: Whether its table is open at first.
        chooses: Whether its marks and rows filter the page.
    """

    id: str
    title: str
    mart: str
    note: str = ""
    width: str = ""
    keys: tuple[tuple[str, str], ...] = ()
    has_chart: bool = True
    has_scale: bool = False
    is_open: bool = False
    chooses: bool = False


@dataclass(frozen=True)
class Section:
    """Cards under one heading: a question, and below it the finding that `static/findings.js` makes of the sales.

    Attributes:
        id: The id of the section.
        question: What its cards answer, in a few words.
        cards: The cards.
    """

    id: str
    question: str
    cards: tuple[Card, ...]
