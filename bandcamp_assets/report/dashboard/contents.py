"""The data for the page's scripts: packed sums and artists, and small marts unpacked. Pure.

`page` makes text of it, and `static/decode.js` unpacks it.
"""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from bandcamp_assets.report.dashboard.chart_parts import COLOURS, KINDS
from bandcamp_assets.report.dashboard.columns import pack, pack_sorted_texts
from bandcamp_assets.report.dashboard.data import DashboardData
from bandcamp_assets.report.dashboard.runtime import Runtime
from bandcamp_assets.report.dashboard.shown import applicable
from bandcamp_assets.report.dashboard.tables import TABLES

_BAND_ORDER = ("free", "under 1")
_MEASURES = {
    "sales": "sales",
    "items": "items",
    "revenue_usd": "revenue",
    "overpaid_usd": "overpaid",
    "overpaid_sales": "overpaid_sales",
    "bandcamp_friday_revenue_usd": "friday_revenue",
    "bandcamp_friday_sales": "friday_sales",
    "beyond_limit_usd": "beyond",
}
_ARTIST_MEASURES = {"sales": "sales", "revenue_usd": "revenue", "overpaid_usd": "overpaid"}
_NAME_MEASURES = {
    "sales": "sales",
    "revenue_usd": "revenue",
    "overpaid_usd": "overpaid",
    "distinct_items": "items",
    "artists": "artists",
}
_LABELS_RANKED = 10
_SHOWN_WHOLE = ("income_lorenz", "hour_of_week_sales", *(table.mart for table in TABLES.values()))


def page_data(data: DashboardData, runtime: Runtime) -> dict[str, Any]:
    """The data for the scripts: packed sales and artists, small marts, and the charts."""
    sales = data.marts["dashboard_sales"].with_columns(
        pl.col("period_start").dt.to_string().alias("period"),
        # Without the waived days this is mostly 0, which takes no room in the page.
        (pl.col("uncharged_usd") - pl.col("bandcamp_friday_revenue_usd")).alias("beyond_limit_usd"),
    )
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
        "labels": _labels_ranked(data.marts["dashboard_names"]),
        "busiest": _busiest_ordinary_hour(data.marts["pacific_hour_sales"]),
        # Kosovo has no number. The map has its name.
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
        "kinds": KINDS,
        "colours": COLOURS,
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
    """The order of bands, by their lower bound. `free` comes first and `unknown` last."""
    if band in _BAND_ORDER:
        return float(_BAND_ORDER.index(band)) - len(_BAND_ORDER)
    return float("inf") if band == "unknown" else float(band.split()[0])


def _artists(artists: pl.DataFrame) -> dict[str, Any]:
    columns = ("artist_name", "country", "item_type_label", "currency")
    return pack(artists.sort(columns), {name: _labels(artists, name) for name in columns}, _ARTIST_MEASURES)


def names_data(names: pl.DataFrame, room: int) -> dict[str, Any]:
    """The artists and labels that can be looked up, by role and name. The page unpacks them when it is asked.

    Args:
        names: The mart `dashboard_names`.
        room: The bytes that they may take. If all of them take more, those with the highest revenue are kept.
    """
    kept = names.sort("revenue_usd", "seller_role", "seller_name", descending=[True, False, False])
    while True:
        packed = _packed_names(kept.sort("seller_role", "seller_name"))
        size = len(json.dumps(packed))
        if size <= room or not kept.height:
            return packed
        kept = kept.head(int(0.98 * kept.height * max(room, 0) / size))


def _packed_names(names: pl.DataFrame) -> dict[str, Any]:
    counts = dict(names["seller_role"].value_counts().iter_rows())
    return {
        **pack(names, {}, _NAME_MEASURES),
        "roles": [[role, counts.get(role, 0)] for role in ("artist", "label")],
        "texts": pack_sorted_texts(names["seller_name"].to_list()),
    }


def _labels_ranked(names: pl.DataFrame) -> list[list[Any]]:
    """The labels with the highest revenue: name, sales, revenue and what was paid beyond the price, in cents."""
    ranked = names.filter(pl.col("seller_role") == "label").sort("revenue_rank").head(_LABELS_RANKED)
    cents = ((pl.col(column) * 100).cast(pl.Int64) for column in ("revenue_usd", "overpaid_usd"))
    return [list(row) for row in ranked.select("seller_name", "sales", *cents).iter_rows()]


def _busiest_ordinary_hour(hours: pl.DataFrame) -> dict[str, Any] | None:
    """The hour of the week (US Pacific) that most is paid in on average, days of a Bandcamp Friday left out."""
    ordinary = hours.filter(~pl.col("is_bandcamp_friday"))
    days = ordinary.group_by("iso_weekday").agg(pl.col("pacific_date").n_unique().alias("days"))
    summed = ordinary.group_by("iso_weekday", "pacific_hour").agg(pl.col("revenue_usd").sum())
    average = summed.join(days, on="iso_weekday").with_columns(
        (pl.col("revenue_usd").cast(pl.Float64) / pl.col("days")).alias("usd_per_day")
    )
    first = average.sort("usd_per_day", "iso_weekday", "pacific_hour", descending=[True, False, False]).head(1)
    return next(first.select("iso_weekday", "pacific_hour", "usd_per_day").iter_rows(named=True), None)


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
"""The order of the rows of a mart, as BigQuery keeps none."""


def _ordered(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    columns, descending = _ORDERS[name]
    return applicable(name, frame).sort(columns, descending=descending)


def _table(frame: pl.DataFrame) -> dict[str, Any]:
    return {"columns": frame.columns, "rows": [[_value(value) for value in row] for row in frame.iter_rows()]}


def _value(value: object) -> object:
    """A cell for JSON. Figures that are only shown need no more digits than a float has."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date):
        return value.isoformat()
    return ("yes" if value else "no") if isinstance(value, bool) else value
