"""The dashboard's figures as the warehouse has them and as the page shows them, both as text."""

from __future__ import annotations

from decimal import Decimal

from bandcamp_assets_tests.browser.reader import Reader
from bandcamp_assets_tests.report.dashboard.pages import Dashboard


def usd(amount: Decimal) -> str:
    """US dollars as the page writes them."""
    return f"${amount:,.2f}"


def figures(dashboard: Dashboard, where: str = "true") -> dict[str, str]:
    """What the facts come to, by the figure's name on the page; `where` is a condition in SQL."""
    (row,) = dashboard.query(
        f"select count(*), sum(quantity), sum(amount_paid_usd), sum(amount_overpaid_usd),"
        f" count(*) filter (where amount_paid > item_price), count(*) filter (where item_price = 0)"
        f" from fct_sales where {where}"
    )
    sales, items, revenue, overpaid, more, free = row
    return {
        "sales": f"{sales:,}",
        "items": f"{items:,}",
        "revenue": usd(revenue),
        "overpaid": usd(overpaid),
        "paid-more": f"{Decimal(more) / sales:.1%}",
        "free": f"{Decimal(free) / sales:.1%}",
    }


def shown(reader: Reader) -> dict[str, str]:
    """What the page says, by the same names."""
    return {name: reader.figure(name) for name in ("sales", "items", "revenue", "overpaid", "paid-more", "free")}
