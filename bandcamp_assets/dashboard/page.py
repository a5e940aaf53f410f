"""The page as text: template, style, scripts and data in one file. Pure.

Nothing in it is fetched: a policy in its head forbids that, and every script but ours. Texts from outside are
only ever data: JSON in which no `<` is left, which the scripts show as text.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import jinja2
import polars as pl
from markupsafe import Markup

from bandcamp_assets.dashboard.cards import FIGURES, FILTERS, SECTIONS, TABLES
from bandcamp_assets.dashboard.columns import pack
from bandcamp_assets.dashboard.data import DashboardData, Provenance
from bandcamp_assets.dashboard.runtime import Runtime, static_text

NOTHING = "\u2013"
"""What stands where there is no figure."""

TITLE = "Sales of independent music on Bandcamp"

_BAND_ORDER = ("free", "under 1")
_MEASURES = {
    "sales": "sales",
    "items": "items",
    "revenue_usd": "revenue",
    "overpaid_usd": "overpaid",
    "overpaid_sales": "overpaid_sales",
    "bandcamp_friday_revenue_usd": "friday_revenue",
    "bandcamp_friday_sales": "friday_sales",
}
_ARTIST_MEASURES = {"sales": "sales", "revenue_usd": "revenue", "overpaid_usd": "overpaid"}
_SHOWN_WHOLE = ("income_lorenz", "hour_of_week_sales", *(table.mart for table in TABLES.values()))


def render_page(data: DashboardData, runtime: Runtime) -> str:
    """The page as HTML.

    Args:
        data: The marts, and where they come from.
        runtime: The program that draws the charts.
    """
    style = static_text("page.css")
    scripts = runtime.scripts
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.from_string(static_text("page.html.jinja")).render(
        title=TITLE,
        policy=_policy(style, scripts),
        style=Markup(style),  # noqa: S704 - a file of ours
        scripts=[Markup(_script(script)) for script in scripts],  # noqa: S704 - files of ours, and Vega's bundle
        data=Markup(_json(page_data(data, runtime))),  # noqa: S704 - no `<` is left in it
        world=Markup(static_text("vendor/countries-50m.json").replace("<", "\\u003c")),  # noqa: S704
        about=_about(data),
        filters=FILTERS,
        figures=_figures(data),
        sections=SECTIONS,
        assumptions=_assumptions(data.provenance),
    )


def page_data(data: DashboardData, runtime: Runtime) -> dict[str, Any]:
    """What the scripts get: packed sales and artists, small marts whole, the charts."""
    sales = data.marts["dashboard_sales"].with_columns(pl.col("period_start").dt.to_string().alias("period"))
    countries = data.marts["country_sales"]
    model = data.marts["business_model"]
    return {
        "grain": sales["grain"][0] if sales.height else "day",
        "sales": pack(
            sales.sort("item_type_label", "item_format", "price_band", "currency", "country", "period"),
            {name: _labels(sales, name) for name in _dimensions()},
            _MEASURES,
        ),
        "artists": _artists(data.marts["dashboard_artists"]),
        # Kosovo has no number; the map knows it by its name.
        "countries": {
            name: number or name
            for name, number in countries.select("country", "country_code_numeric").iter_rows()
        },
        "physical": model.filter("is_physical")["item_type_label"].unique().sort().to_list(),
        "marts": {name: _table(_ordered(name, data.marts[name])) for name in dict.fromkeys(_SHOWN_WHOLE)},
        "tables": {
            card: {"mart": table.mart, "columns": table.columns, "where": table.where if table.where[0] else None}
            for card, table in TABLES.items()
        },
        "charts": runtime.charts,
    }


def _dimensions() -> tuple[str, ...]:
    return ("period", "country", "item_type_label", "item_format", "currency", "price_band")


def _labels(frame: pl.DataFrame, column: str) -> list[str]:
    found: list[str] = frame[column].unique().sort().to_list()
    if column != "price_band":
        return found
    bounds = {band: _band_place(band) for band in found}
    return sorted(found, key=lambda band: bounds[band])


def _band_place(band: str) -> float:
    """Bands by their lower bound; what has none comes first (`free`) or last (`unknown`)."""
    if band in _BAND_ORDER:
        return float(_BAND_ORDER.index(band)) - len(_BAND_ORDER)
    return float("inf") if band == "unknown" else float(band.split()[0])


def _artists(artists: pl.DataFrame) -> dict[str, Any]:
    columns = ("artist_name", "country", "item_type_label", "currency")
    return pack(artists.sort(columns), {name: _labels(artists, name) for name in columns}, _ARTIST_MEASURES)


_ORDERS: dict[str, tuple[list[str], list[bool]]] = {
    "income_lorenz": (["population", "poorest_percent"], [False, False]),
    "hour_of_week_sales": (["iso_weekday", "hour_of_day"], [False, False]),
    "bandcamp_friday_effect": (["pacific_date", "baseline"], [True, False]),
    "overpayment": (["breakdown", "sales", "segment"], [False, True, False]),
    "name_your_price_sales": (["sales", "item_type_label"], [True, False]),
    "income_concentration": (["population"], [False]),
    "seller_kind_sales": (["revenue_usd"], [True]),
    "published_comparison": (["figure"], [False]),
}
"""BigQuery keeps no order of rows."""


def _ordered(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    columns, descending = _ORDERS[name]
    return frame.sort(columns, descending=descending)


def _table(frame: pl.DataFrame) -> dict[str, Any]:
    return {"columns": frame.columns, "rows": [[_value(value) for value in row] for row in frame.iter_rows()]}


def _value(value: object) -> object:
    """A cell as JSON takes it. Figures that are shown need no more digits than a float has."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date):
        return value.isoformat()
    return ("yes" if value else "no") if isinstance(value, bool) else value


def _json(value: object) -> str:
    """JSON that cannot end the element it stands in."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _script(text: str) -> str:
    if "</script" in text.lower() or "<!--" in text:
        raise ValueError("A script of the page holds what would end its element")
    return text


def _policy(style: str, scripts: Iterable[str]) -> str:
    """Allows our style and our scripts, by their hashes, and nothing else: no request leaves the page."""
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
    return {
        "what": f"{sales:,} sales of {first} to {last} (UTC), from {provenance.sources}.",
        "made": f"Made {provenance.made_at:%Y-%m-%d %H:%M} UTC by run {provenance.run_id[:8]}.",
        "holds": provenance.ledger.holds,
        "verdict": provenance.verdict,
        "sources": f"Amounts are in US dollars. Warehouse: {provenance.place}. Charts: Vega. Map: Natural Earth.",
        "licence": "The page holds sums by time, country, kind, format, currency and price. It asks no server for "
        "anything.",
    }


def _figures(data: DashboardData) -> list[tuple[str, str, str]]:
    """The headline figures of all sales, so that they stand there before any script has run."""
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
    return [(name, label, shown[name]) for name, label in FIGURES]


def _assumptions(provenance: Provenance) -> list[tuple[str, str, str, str]]:
    """Id, label, value and step of each input: the dbt project's vars, rates in percent."""
    given = provenance.assumptions
    return [
        ("digital", "Bandcamp, digital, %", _percent(given["bandcamp_share_digital"]), "0.5"),
        ("physical", "Bandcamp, physical, %", _percent(given["bandcamp_share_physical"]), "0.5"),
        ("fee", "Payment fees, %", _percent(given["payment_fee"]), "0.5"),
        ("payout", "USD for 1,000 streams", str(given["streaming_payout_usd_per_1000"]), "0.5"),
    ]


def _percent(rate: object) -> str:
    return f"{(Decimal(str(rate)) * 100).normalize():f}"
