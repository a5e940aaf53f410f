"""What of the content a page shows: a card or a section without anything to say is left out. Pure.

`sections` has all content. The checks at the foot are made here, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from bandcamp_assets.report.dashboard.cards import Card, Section
from bandcamp_assets.report.dashboard.data import Provenance
from bandcamp_assets.report.dashboard.sections import PUBLISHED, SECTIONS
from bandcamp_assets.report.dashboard.tables import TABLES
from bandcamp_assets.state.ledger.ledger import LAYERS

_LAYER_NAMES = {
    "staged": "valid rows of the raw files",
    "duplicates": "of these, duplicates",
    "cleaned": "sales, cleaned",
    "objects": "sales in the object store",
    "sales": "sales in the warehouse",
    "fct_sales": "sales that this page is made from",
}


def applicable(mart: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The rows of a mart that apply to these sales."""
    return frame.filter(pl.col("verdict") != "not applicable") if mart == "published_comparison" else frame


def shown_sections(marts: Mapping[str, pl.DataFrame]) -> tuple[Section, ...]:
    """The sections and cards that have something to show; none if there is no sale."""
    if not marts["dashboard_sales"].height:
        return ()
    kept = (replace(section, cards=tuple(_shown(section.cards, marts))) for section in SECTIONS)
    return tuple(section for section in kept if section.cards)


def shown_checks(marts: Mapping[str, pl.DataFrame]) -> tuple[Card, ...]:
    """The cards of the checks at the foot."""
    return tuple(_shown((PUBLISHED,), marts))


def _shown(cards: tuple[Card, ...], marts: Mapping[str, pl.DataFrame]) -> list[Card]:
    return [card for card in cards if _has_rows(card, marts)]


def _has_rows(card: Card, marts: Mapping[str, pl.DataFrame]) -> bool:
    if card.id == "labels":
        return "label" in marts[card.mart]["seller_role"]
    return card.id not in TABLES or bool(applicable(card.mart, marts[card.mart]).height)


def layer_rows(provenance: Provenance) -> list[tuple[str, str, str]]:
    """What each layer holds, as a table: its name, rows and US dollars."""
    ledger = provenance.ledger
    rows = [("rows of the raw files", f"{ledger.raw_rows:,}", "")]
    rows += [
        (f"rejected: {reason.replace('_', ' ')}", f"{count:,}", "") for reason, count in ledger.rejected.items()
    ]
    for layer in LAYERS:
        if layer in ledger.layers:
            held = ledger.total(layer)
            rows.append((_LAYER_NAMES[layer], f"{held.rows:,}", f"${held.total_usd:,.2f}"))
    return rows
