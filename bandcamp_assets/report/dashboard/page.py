"""Renders the page: template, style, scripts and data in one file. Pure.

The page fetches nothing. A policy in its head forbids that, and all scripts but ours. Texts from outside are only
data: JSON without any `<`, which the scripts show as text.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable
from decimal import Decimal

import jinja2
import polars as pl
from markupsafe import Markup

from bandcamp_assets.report.dashboard.cards import FIGURES, FILTERS
from bandcamp_assets.report.dashboard.columns import pack_texts
from bandcamp_assets.report.dashboard.contents import names_data, page_data
from bandcamp_assets.report.dashboard.data import DashboardData, Provenance
from bandcamp_assets.report.dashboard.runtime import Runtime, static_text
from bandcamp_assets.report.dashboard.shown import layer_rows, shown_checks, shown_sections

NOTHING = "\u2013"
"""Shown instead of a missing figure."""

TITLE = "Sales of independent music on Bandcamp"


PAGE_BYTES = 4_000_000
"""What the page may take. Artists and labels, to be looked up by name, get what the rest leaves, but at least
`_NAMES_BYTES`. With all names of 1,000,000 sample sales it takes 3.3 MB."""

_NAMES_BYTES = 300_000

_TEMPLATE_BYTES = 80_000
"""More than the text of the page without style, scripts and data."""


def render_page(data: DashboardData, runtime: Runtime) -> str:
    """The page as HTML.

    Args:
        data: The marts and their provenance.
        runtime: The program that draws the charts.
    """
    style = static_text("page.css")
    scripts = runtime.scripts
    sales = _json(page_data(data, runtime))
    world = pack_texts([static_text("vendor/countries-50m.json")])
    names, are_all = _names(data, PAGE_BYTES - sum(len(part.encode()) for part in (style, *scripts, sales, world)))
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.from_string(static_text("page.html.jinja")).render(
        title=TITLE,
        policy=_policy(style, scripts),
        style=Markup(style),  # noqa: S704 - a file of ours
        scripts=[Markup(_script(script)) for script in scripts],  # noqa: S704 - files of ours, and Vega's bundle
        data=Markup(sales),  # noqa: S704 - no `<` is left in it
        names=Markup(names),  # noqa: S704 - no `<` is left in it
        names_are_all=are_all,
        world=world,
        about=_about(data),
        filters=FILTERS,
        figures=_figures(data),
        sections=shown_sections(data.marts),
        checks=shown_checks(data.marts),
        layers=layer_rows(data.provenance),
        assumptions=_assumptions(data.provenance),
    )


def _names(data: DashboardData, room: int) -> tuple[str, bool]:
    """The artists and labels that fit, and whether they are all."""
    mart = data.marts["dashboard_names"]
    packed = names_data(mart, max(_NAMES_BYTES, room - _TEMPLATE_BYTES))
    most = int(str(data.provenance.assumptions["dashboard_names"]))
    are_all = packed["rows"] == mart.height < most
    return _json({**packed, "all": are_all}), are_all


def _json(value: object) -> str:
    """JSON that cannot end its HTML element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _script(text: str) -> str:
    if "</script" in text.lower() or "<!--" in text:
        raise ValueError("A script of the page holds text that would end its element")
    return text


def _policy(style: str, scripts: Iterable[str]) -> str:
    """A policy that allows only our style and scripts, by their hashes. No request leaves the page."""
    allowed = " ".join(f"'sha256-{_hash(script)}'" for script in scripts)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'sha256-{_hash(style)}';"
        " img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _about(data: DashboardData) -> dict[str, object]:
    provenance = data.provenance
    days = data.marts["daily_sales"]["sale_date"]
    first, last = (str(days.min()), str(days.max())) if len(days) else (NOTHING, NOTHING)
    sales = int(data.marts["dashboard_sales"]["sales"].sum())
    nothing = f"There is nothing to show: no row in {provenance.sources} is a valid sale."
    return {
        "what": f"{sales:,} sales of {first} to {last} (UTC), from {provenance.sources}." if sales else nothing,
        "sales": sales,
        "made": f"Made {provenance.made_at:%Y-%m-%d %H:%M} UTC by run {provenance.run_id[:8]}.",
        "holds": provenance.ledger.holds,
        "verdict": provenance.verdict,
        "sources": f"Amounts are in US dollars. Warehouse: {provenance.place}. Charts: Vega. Map: Natural Earth.",
        "licence": "The page holds sums by time, country, kind, format, currency and price. It asks no server for "
        "anything.",
    }


def _figures(data: DashboardData) -> list[dict[str, str]]:
    """The headline figures of all sales, which are shown before any script has run.

    Each has its id, label and text, and those of the smaller figure below it.
    """
    sales = data.marts["dashboard_sales"]
    count, revenue = int(sales["sales"].sum()), Decimal(sales["revenue_usd"].sum() or 0)
    overpaid = Decimal(sales["overpaid_usd"].sum() or 0)
    free = int(sales.filter(pl.col("price_band") == "free")["sales"].sum())
    shown = {
        "revenue": f"${revenue:,.2f}",
        "sales": f"{count:,}",
        "items": f"{int(sales['items'].sum()):,}",
        "average": f"${revenue / count:,.2f}" if count else NOTHING,
        "overpaid": f"${overpaid:,.2f}",
        "overpaid-share": f"{overpaid / revenue:.1%}" if revenue else NOTHING,
        "paid-more": f"{int(sales['overpaid_sales'].sum()) / count:.1%}" if count else NOTHING,
        "free": f"{free / count:.1%}" if count else NOTHING,
    }
    return [
        {
            "id": name,
            "label": label,
            "text": shown[name],
            "below": below,
            "below_text": shown.get(below, ""),
            "of": words,
        }
        for name, label, below, words in FIGURES
    ]


def _assumptions(provenance: Provenance) -> list[tuple[str, str, str, str]]:
    """Id, label, value and step of each input: the vars of the dbt project, with rates in percent."""
    given = provenance.assumptions
    return [
        ("digital", "Bandcamp, digital, %", _percent(given["bandcamp_share_digital"]), "0.5"),
        ("physical", "Bandcamp, physical, %", _percent(given["bandcamp_share_physical"]), "0.5"),
        ("fee", "Payment fees, %", _percent(given["payment_fee"]), "0.5"),
        ("payout", "USD for 1,000 streams", str(given["streaming_payout_usd_per_1000"]), "0.5"),
    ]


def _percent(rate: object) -> str:
    return f"{(Decimal(str(rate)) * 100).normalize():f}"
