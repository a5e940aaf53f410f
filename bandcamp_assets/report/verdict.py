"""The sentence that says whether every row is accounted for, for the terminal and the dashboard."""

from __future__ import annotations

from bandcamp_assets.state.ledger.ledger import Ledger


def verdict(ledger: Ledger) -> str:
    """One sentence: whether every row is accounted for."""
    if ledger.holds:
        return (
            "✓ Every raw row is a sale, a duplicate or a rejected row;"
            " rows and delivered USD agree in every layer."
        )
    wrong = [str(day) for day in ledger.days if not ledger.agrees(day)]
    return f"✗ The layers do not agree on {len(wrong)} days: {', '.join(wrong[:10])}"
